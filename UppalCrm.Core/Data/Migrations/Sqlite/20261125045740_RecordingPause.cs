using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RecordingPause : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "recording_paused_at",
                table: "phone_calls",
                type: "INTEGER",
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
