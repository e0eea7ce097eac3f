using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Reports : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "report_agent_days",
                columns: table => new
                {
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    inbound = table.Column<long>(type: "INTEGER", nullable: false),
                    outbound = table.Column<long>(type: "INTEGER", nullable: false),
                    answered = table.Column<long>(type: "INTEGER", nullable: false),
                    missed = table.Column<long>(type: "INTEGER", nullable: false),
                    talk_seconds = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_report_agent_days", x => new { x.day, x.agent_id });
                });

            migrationBuilder.CreateTable(
                name: "report_hours",
                columns: table => new
                {
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    hour = table.Column<int>(type: "INTEGER", nullable: false),
                    inbound = table.Column<long>(type: "INTEGER", nullable: false),
                    outbound = table.Column<long>(type: "INTEGER", nullable: false),
                    answered = table.Column<long>(type: "INTEGER", nullable: false),
                    missed = table.Column<long>(type: "INTEGER", nullable: false),
                    talk_seconds = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_report_hours", x => new { x.day, x.hour });
                });

            migrationBuilder.CreateTable(
                name: "report_marks",
                columns: table => new
                {
                    hour = table.Column<int>(type: "INTEGER", nullable: false),
                    changes = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_report_marks", x => x.hour);
                });

            migrationBuilder.CreateTable(
                name: "report_zones",
                columns: table => new
                {
                    zone = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_report_zones", x => x.zone);
                });

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_action_id",
                table: "audit_entries",
                columns: new[] { "action", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_entries_agent_id_id",
                table: "audit_entries",
                columns: new[] { "agent_id", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "report_agent_days");

            migrationBuilder.DropTable(
                name: "report_hours");

            migrationBuilder.DropTable(
                name: "report_marks");

            migrationBuilder.DropTable(
                name: "report_zones");

            migrationBuilder.DropIndex(
                name: "IX_audit_entries_action_id",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "IX_audit_entries_agent_id_id",
                table: "audit_entries");
        }
    }
}
