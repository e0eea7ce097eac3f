using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class History : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "missed",
                table: "phone_calls",
                type: "INTEGER",
                nullable: false,
                computedColumnSql: "CASE WHEN outcome IN ('Abandoned', 'Missed', 'Voicemail') THEN 1 ELSE 0 END",
                stored: false);

            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_direction_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_missed_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "followed_up_at", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_recorded",
                table: "phone_calls",
                columns: new[] { "created_at", "id" },
                filter: "recording_sid IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "IX_phone_calls_direction_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "IX_phone_calls_missed_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "IX_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls");

            migrationBuilder.DropIndex(
                name: "IX_phone_calls_recorded",
                table: "phone_calls");

            migrationBuilder.DropColumn(
                name: "missed",
                table: "phone_calls");
        }
    }
}
