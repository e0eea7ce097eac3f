using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class IndexesOfWhatIsKnown : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_phone_calls_agent_id_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_conference_sid",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_contact_id_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_missed_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_call_events_leg_sid",
                table: "call_events");

            migrationBuilder.DropIndex(
                name: "ix_call_events_received_at",
                table: "call_events");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "created_at", "id" },
                filter: "agent_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "outcome", "created_at", "id" },
                filter: "agent_id IS NOT NULL AND outcome IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_conference_sid",
                table: "phone_calls",
                column: "conference_sid",
                filter: "conference_sid IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_contact_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "contact_id", "created_at", "id" },
                filter: "contact_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "outcome", "created_at", "id" },
                filter: "outcome IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "created_at", "id" },
                filter: "outcome IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "followed_up_at", "created_at", "id" },
                filter: "outcome IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "outcome", "created_at", "id" },
                filter: "outcome IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_call_events_leg_sid",
                table: "call_events",
                column: "leg_sid",
                filter: "call_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_call_events_received_at",
                table: "call_events",
                column: "received_at",
                filter: "call_id IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_phone_calls_agent_id_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_conference_sid",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_contact_id_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_missed_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_phone_calls_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "ix_call_events_leg_sid",
                table: "call_events");

            migrationBuilder.DropIndex(
                name: "ix_call_events_received_at",
                table: "call_events");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_conference_sid",
                table: "phone_calls",
                column: "conference_sid");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_contact_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "contact_id", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "followed_up_at", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_call_events_leg_sid",
                table: "call_events",
                column: "leg_sid");

            migrationBuilder.CreateIndex(
                name: "ix_call_events_received_at",
                table: "call_events",
                column: "received_at");
        }
    }
}
