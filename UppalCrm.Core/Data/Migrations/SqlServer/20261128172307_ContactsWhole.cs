using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class ContactsWhole : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_contacts_company",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_name_id",
                table: "contacts");

            migrationBuilder.AddColumn<long>(
                name: "company_id",
                table: "contacts",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "fields",
                table: "contacts",
                type: "nvarchar(max)",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "more_emails",
                table: "contacts",
                type: "nvarchar(max)",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<string>(
                name: "sort_name",
                table: "contacts",
                type: "nvarchar(240)",
                maxLength: 240,
                nullable: false,
                defaultValue: "",
                collation: "Latin1_General_100_BIN2");

            migrationBuilder.AddColumn<string>(
                name: "tags",
                table: "contacts",
                type: "nvarchar(max)",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.CreateTable(
                name: "companies",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    name = table.Column<string>(type: "nvarchar(120)", maxLength: 120, nullable: false),
                    sort_name = table.Column<string>(type: "nvarchar(240)", maxLength: 240, nullable: false, collation: "Latin1_General_100_BIN2"),
                    main_number = table.Column<string>(type: "nvarchar(16)", maxLength: 16, nullable: true, collation: "Latin1_General_100_BIN2"),
                    notes = table.Column<string>(type: "nvarchar(max)", maxLength: 10000, nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_companies", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "contact_fields",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    name = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: false),
                    kind = table.Column<string>(type: "nvarchar(20)", maxLength: 20, nullable: false, collation: "Latin1_General_100_BIN2"),
                    choices = table.Column<string>(type: "nvarchar(max)", nullable: false),
                    position = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_fields", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "contact_merges",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    kept_id = table.Column<long>(type: "bigint", nullable: false),
                    gone_name = table.Column<string>(type: "nvarchar(120)", maxLength: 120, nullable: false),
                    agent_id = table.Column<int>(type: "int", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    undone_at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: true),
                    kept = table.Column<string>(type: "nvarchar(max)", nullable: false),
                    gone = table.Column<string>(type: "nvarchar(max)", nullable: false),
                    calls = table.Column<string>(type: "nvarchar(max)", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_merges", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "do_not_call",
                columns: table => new
                {
                    number = table.Column<string>(type: "nvarchar(16)", maxLength: 16, nullable: false, collation: "Latin1_General_100_BIN2"),
                    reason = table.Column<string>(type: "nvarchar(200)", maxLength: 200, nullable: false),
                    agent_id = table.Column<int>(type: "int", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    import_run_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_do_not_call", x => x.number);
                });

            migrationBuilder.CreateIndex(
                name: "ix_contacts_company_id_sort_name",
                table: "contacts",
                columns: new[] { "company_id", "sort_name" });

            migrationBuilder.CreateIndex(
                name: "ix_contacts_sort_name_id",
                table: "contacts",
                columns: new[] { "sort_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_companies_main_number",
                table: "companies",
                column: "main_number");

            migrationBuilder.CreateIndex(
                name: "ix_companies_sort_name",
                table: "companies",
                column: "sort_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_contact_fields_name",
                table: "contact_fields",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_contact_merges_kept_id",
                table: "contact_merges",
                column: "kept_id");

            migrationBuilder.CreateIndex(
                name: "ix_do_not_call_import_run_id",
                table: "do_not_call",
                column: "import_run_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "companies");

            migrationBuilder.DropTable(
                name: "contact_fields");

            migrationBuilder.DropTable(
                name: "contact_merges");

            migrationBuilder.DropTable(
                name: "do_not_call");

            migrationBuilder.DropIndex(
                name: "ix_contacts_company_id_sort_name",
                table: "contacts");

            migrationBuilder.DropIndex(
                name: "ix_contacts_sort_name_id",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "company_id",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "fields",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "more_emails",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "sort_name",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "tags",
                table: "contacts");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_company",
                table: "contacts",
                column: "company");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_name_id",
                table: "contacts",
                columns: new[] { "name", "id" });
        }
    }
}
