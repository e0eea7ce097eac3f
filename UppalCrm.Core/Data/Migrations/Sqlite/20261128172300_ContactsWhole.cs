using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
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
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "fields",
                table: "contacts",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "more_emails",
                table: "contacts",
                type: "TEXT",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<string>(
                name: "sort_name",
                table: "contacts",
                type: "TEXT",
                maxLength: 240,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "tags",
                table: "contacts",
                type: "TEXT",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.CreateTable(
                name: "companies",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    sort_name = table.Column<string>(type: "TEXT", maxLength: 240, nullable: false),
                    main_number = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    notes = table.Column<string>(type: "TEXT", maxLength: 10000, nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_companies", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "contact_fields",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    choices = table.Column<string>(type: "TEXT", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_fields", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "contact_merges",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kept_id = table.Column<long>(type: "INTEGER", nullable: false),
                    gone_name = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    undone_at = table.Column<long>(type: "INTEGER", nullable: true),
                    kept = table.Column<string>(type: "TEXT", nullable: false),
                    gone = table.Column<string>(type: "TEXT", nullable: false),
                    calls = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_merges", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "do_not_call",
                columns: table => new
                {
                    number = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    import_run_id = table.Column<long>(type: "INTEGER", nullable: true)
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
