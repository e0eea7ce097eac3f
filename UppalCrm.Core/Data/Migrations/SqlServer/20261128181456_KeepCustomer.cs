using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class KeepCustomer : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "agent_lost_at",
                table: "phone_calls",
                type: "datetimeoffset",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "hung_up_at",
                table: "phone_calls",
                type: "datetimeoffset",
                nullable: true);

            migrationBuilder.AlterColumn<int>(
                name: "to_agent_id",
                table: "call_transfers",
                type: "int",
                nullable: true,
                oldClrType: typeof(int),
                oldType: "int");

            migrationBuilder.AddColumn<bool>(
                name: "is_consult",
                table: "call_transfers",
                type: "bit",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "keeps_customer",
                table: "call_legs",
                type: "bit",
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
                type: "int",
                nullable: false,
                defaultValue: 0,
                oldClrType: typeof(int),
                oldType: "int",
                oldNullable: true);
        }
    }
}
