using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
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
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    call_id = table.Column<long>(type: "bigint", nullable: false),
                    from_agent_id = table.Column<int>(type: "int", nullable: false),
                    to_agent_id = table.Column<int>(type: "int", nullable: false),
                    note = table.Column<string>(type: "nvarchar(500)", maxLength: 500, nullable: true),
                    state = table.Column<string>(type: "nvarchar(20)", maxLength: 20, nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: true)
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
