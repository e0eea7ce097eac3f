using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

#pragma warning disable CA1814 // Prefer jagged arrays over multidimensional

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class Outcomes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "call_dispositions",
                columns: table => new
                {
                    id = table.Column<int>(type: "int", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    name = table.Column<string>(type: "nvarchar(60)", maxLength: 60, nullable: false),
                    position = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_call_dispositions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "floor_settings",
                columns: table => new
                {
                    id = table.Column<int>(type: "int", nullable: false),
                    outcome_required = table.Column<bool>(type: "bit", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_floor_settings", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "call_dispositions",
                columns: new[] { "id", "name", "position" },
                values: new object[,]
                {
                    { 1, "Resolved", 1 },
                    { 2, "Follow-up", 2 },
                    { 3, "Sale", 3 },
                    { 4, "Wrong number", 4 },
                    { 5, "Spam", 5 }
                });

            migrationBuilder.InsertData(
                table: "floor_settings",
                columns: new[] { "id", "outcome_required" },
                values: new object[] { 1, false });

            migrationBuilder.CreateIndex(
                name: "IX_call_dispositions_name",
                table: "call_dispositions",
                column: "name",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "call_dispositions");

            migrationBuilder.DropTable(
                name: "floor_settings");
        }
    }
}
