using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UppalCrm.Core.Data.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class OutcomesByDirection : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "outcome", "created_at", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls");
        }
    }
}
