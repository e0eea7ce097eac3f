using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Security : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "erased_at",
                table: "phone_calls",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "dialling_stopped_at",
                table: "floor_settings",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "legal_hold_since",
                table: "contacts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "until",
                table: "call_declines",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "audit_head",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    last_id = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    count = table.Column<long>(type: "INTEGER", nullable: false),
                    seal = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    protected_key = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_head", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "join_intents",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    call_id = table.Column<long>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    role = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    session = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    secret_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    needs_secret = table.Column<bool>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    leg = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_join_intents", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "database_locks",
                columns: new[] { "name", "taken" },
                values: new object[] { "dialling", 0L });

            migrationBuilder.UpdateData(
                table: "floor_settings",
                keyColumn: "id",
                keyValue: 1,
                column: "dialling_stopped_at",
                value: null);

            migrationBuilder.CreateIndex(
                name: "ix_call_declines_until",
                table: "call_declines",
                column: "until",
                filter: "until IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_join_intents_call_id_agent_id",
                table: "join_intents",
                columns: new[] { "call_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_join_intents_expires_at",
                table: "join_intents",
                column: "expires_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_head");

            migrationBuilder.DropTable(
                name: "join_intents");

            migrationBuilder.DropIndex(
                name: "ix_call_declines_until",
                table: "call_declines");

            migrationBuilder.DeleteData(
                table: "database_locks",
                keyColumn: "name",
                keyValue: "dialling");

            migrationBuilder.DropColumn(
                name: "erased_at",
                table: "phone_calls");

            migrationBuilder.DropColumn(
                name: "dialling_stopped_at",
                table: "floor_settings");

            migrationBuilder.DropColumn(
                name: "legal_hold_since",
                table: "contacts");

            migrationBuilder.DropColumn(
                name: "until",
                table: "call_declines");
        }
    }
}
