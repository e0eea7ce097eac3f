using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class CallsThatWereHandedOn : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_from_agent_id_call_id",
                table: "call_transfers",
                columns: new[] { "from_agent_id", "call_id" },
                filter: "state = 'Taken'");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_to_agent_id_call_id",
                table: "call_transfers",
                columns: new[] { "to_agent_id", "call_id" },
                filter: "state = 'Taken'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_call_transfers_from_agent_id_call_id",
                table: "call_transfers");

            migrationBuilder.DropIndex(
                name: "ix_call_transfers_to_agent_id_call_id",
                table: "call_transfers");
        }
    }
}
