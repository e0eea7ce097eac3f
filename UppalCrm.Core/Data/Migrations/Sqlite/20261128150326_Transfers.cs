using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Transfers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "call_transfers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    call_id = table.Column<long>(type: "INTEGER", nullable: false),
                    from_agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    to_agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    note = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_transfers", x => x.id);
                    table.ForeignKey(
                        name: "fk_call_transfers_phone_calls_call_id",
                        column: x => x.call_id,
                        principalTable: "phone_calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_call_id",
                table: "call_transfers",
                column: "call_id");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_expires_at",
                table: "call_transfers",
                column: "expires_at",
                filter: "state IN ('Ringing', 'Accepted')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "call_transfers");
        }
    }
}
