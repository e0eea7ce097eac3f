using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class KeepCustomer : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "agent_lost_at",
                table: "phone_calls",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "hung_up_at",
                table: "phone_calls",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AlterColumn<int>(
                name: "to_agent_id",
                table: "call_transfers",
                type: "INTEGER",
                nullable: true,
                oldClrType: typeof(int),
                oldType: "INTEGER");

            migrationBuilder.AddColumn<bool>(
                name: "is_consult",
                table: "call_transfers",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "keeps_customer",
                table: "call_legs",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_to_agent_id",
                table: "call_transfers",
                column: "to_agent_id",
                filter: "ended_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_call_transfers_to_agent_id",
                table: "call_transfers");

            migrationBuilder.DropColumn(
                name: "agent_lost_at",
                table: "phone_calls");

            migrationBuilder.DropColumn(
                name: "hung_up_at",
                table: "phone_calls");

            migrationBuilder.DropColumn(
                name: "is_consult",
                table: "call_transfers");

            migrationBuilder.DropColumn(
                name: "keeps_customer",
                table: "call_legs");

            migrationBuilder.AlterColumn<int>(
                name: "to_agent_id",
                table: "call_transfers",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0,
                oldClrType: typeof(int),
                oldType: "INTEGER",
                oldNullable: true);
        }
    }
}
