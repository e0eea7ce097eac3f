using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class RecordingPause : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "recording_paused_at",
                table: "phone_calls",
                type: "datetimeoffset",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "recording_paused_at",
                table: "phone_calls");
        }
    }
}
