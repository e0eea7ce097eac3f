using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class ContactImports : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contact_numbers_contact_id_number",
                table: "contact_numbers");

            migrationBuilder.AddColumn<string>(
                name: "extension",
                table: "contact_numbers",
                type: "nvarchar(12)",
                maxLength: 12,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "contact_imports",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    file_name = table.Column<string>(type: "nvarchar(200)", maxLength: 200, nullable: false),
                    agent_id = table.Column<int>(type: "int", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    finished_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: true),
                    undone_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: true),
                    created = table.Column<int>(type: "int", nullable: false),
                    added = table.Column<int>(type: "int", nullable: false),
                    known = table.Column<int>(type: "int", nullable: false),
                    refused = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_imports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "imported_contacts",
                columns: table => new
                {
                    import_run_id = table.Column<long>(type: "bigint", nullable: false),
                    contact_id = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    before = table.Column<string>(type: "nvarchar(max)", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_imported_contacts", x => new { x.import_run_id, x.contact_id });
                    table.ForeignKey(
                        name: "fk_imported_contacts_import_runs_import_run_id",
                        column: x => x.import_run_id,
                        principalTable: "contact_imports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_contact_numbers_contact_id_number_extension",
                table: "contact_numbers",
                columns: new[] { "contact_id", "number", "extension" },
                unique: true,
                filter: "[extension] IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "imported_contacts");

            migrationBuilder.DropTable(
                name: "contact_imports");

            migrationBuilder.DropIndex(
                name: "ix_contact_numbers_contact_id_number_extension",
                table: "contact_numbers");

            migrationBuilder.DropColumn(
                name: "extension",
                table: "contact_numbers");

            migrationBuilder.CreateIndex(
                name: "ix_contact_numbers_contact_id_number",
                table: "contact_numbers",
                columns: new[] { "contact_id", "number" },
                unique: true);
        }
    }
}
