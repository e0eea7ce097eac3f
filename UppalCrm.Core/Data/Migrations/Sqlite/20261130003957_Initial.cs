using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

#pragma warning disable CA1814 // Prefer jagged arrays over multidimensional

namespace UppalCrm.Core.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "agent_statuses",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    takes_calls = table.Column<bool>(type: "INTEGER", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_statuses", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "agents",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 80, nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    status_since = table.Column<long>(type: "INTEGER", nullable: false),
                    active_call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    call_since = table.Column<long>(type: "INTEGER", nullable: true),
                    wrap_up_until = table.Column<long>(type: "INTEGER", nullable: true),
                    wrap_up_call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: true),
                    browser_gone_at = table.Column<long>(type: "INTEGER", nullable: true),
                    phone_state = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    phone_browser = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    deactivated_at = table.Column<long>(type: "INTEGER", nullable: true),
                    user_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    normalized_user_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    email = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    normalized_email = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    email_confirmed = table.Column<bool>(type: "INTEGER", nullable: false),
                    password_hash = table.Column<string>(type: "TEXT", nullable: true),
                    security_stamp = table.Column<string>(type: "TEXT", nullable: true),
                    concurrency_stamp = table.Column<string>(type: "TEXT", nullable: true),
                    phone_number = table.Column<string>(type: "TEXT", nullable: true),
                    phone_number_confirmed = table.Column<bool>(type: "INTEGER", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    lockout_end = table.Column<long>(type: "INTEGER", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    access_failed_count = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agents", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    action = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    detail = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

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
                name: "call_declines",
                columns: table => new
                {
                    call_id = table.Column<long>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    declined_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_declines", x => new { x.call_id, x.agent_id });
                });

            migrationBuilder.CreateTable(
                name: "call_dispositions",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 60, nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_dispositions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "call_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    key = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    source = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    leg_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    conference_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    conference_name = table.Column<string>(type: "TEXT", maxLength: 128, nullable: true),
                    sequence = table.Column<int>(type: "INTEGER", nullable: true),
                    detail = table.Column<string>(type: "TEXT", maxLength: 4000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_events", x => x.id);
                });

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
                name: "contact_imports",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    file_name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    undone_at = table.Column<long>(type: "INTEGER", nullable: true),
                    created = table.Column<int>(type: "INTEGER", nullable: false),
                    added = table.Column<int>(type: "INTEGER", nullable: false),
                    known = table.Column<int>(type: "INTEGER", nullable: false),
                    refused = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_imports", x => x.id);
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
                name: "contacts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    sort_name = table.Column<string>(type: "TEXT", maxLength: 240, nullable: false),
                    company = table.Column<string>(type: "TEXT", maxLength: 120, nullable: true),
                    company_id = table.Column<long>(type: "INTEGER", nullable: true),
                    email = table.Column<string>(type: "TEXT", maxLength: 254, nullable: true),
                    more_emails = table.Column<string>(type: "TEXT", nullable: false),
                    tags = table.Column<string>(type: "TEXT", nullable: false),
                    fields = table.Column<string>(type: "TEXT", nullable: false),
                    notes = table.Column<string>(type: "TEXT", maxLength: 10000, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    legal_hold_since = table.Column<long>(type: "INTEGER", nullable: true),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contacts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    friendly_name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    xml = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "database_locks",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    taken = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_database_locks", x => x.name);
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

            migrationBuilder.CreateTable(
                name: "floor_settings",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    disposition_required = table.Column<bool>(type: "INTEGER", nullable: false),
                    dialling_stopped_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_floor_settings", x => x.id);
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

            migrationBuilder.CreateTable(
                name: "report_agent_days",
                columns: table => new
                {
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    inbound = table.Column<long>(type: "INTEGER", nullable: false),
                    outbound = table.Column<long>(type: "INTEGER", nullable: false),
                    answered = table.Column<long>(type: "INTEGER", nullable: false),
                    missed = table.Column<long>(type: "INTEGER", nullable: false),
                    talk_seconds = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_report_agent_days", x => new { x.day, x.agent_id });
                });

            migrationBuilder.CreateTable(
                name: "report_hours",
                columns: table => new
                {
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    hour = table.Column<int>(type: "INTEGER", nullable: false),
                    inbound = table.Column<long>(type: "INTEGER", nullable: false),
                    outbound = table.Column<long>(type: "INTEGER", nullable: false),
                    answered = table.Column<long>(type: "INTEGER", nullable: false),
                    missed = table.Column<long>(type: "INTEGER", nullable: false),
                    talk_seconds = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_report_hours", x => new { x.day, x.hour });
                });

            migrationBuilder.CreateTable(
                name: "report_marks",
                columns: table => new
                {
                    hour = table.Column<int>(type: "INTEGER", nullable: false),
                    changes = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_report_marks", x => x.hour);
                });

            migrationBuilder.CreateTable(
                name: "report_zones",
                columns: table => new
                {
                    zone = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_report_zones", x => x.zone);
                });

            migrationBuilder.CreateTable(
                name: "roles",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    normalized_name = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    concurrency_stamp = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_roles", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_attempts",
                columns: table => new
                {
                    account = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    device = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    count = table.Column<int>(type: "INTEGER", nullable: false),
                    last_at = table.Column<long>(type: "INTEGER", nullable: false),
                    delayed_until = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_attempts", x => new { x.account, x.device });
                });

            migrationBuilder.CreateTable(
                name: "agent_claims",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    user_id = table.Column<int>(type: "INTEGER", nullable: false),
                    claim_type = table.Column<string>(type: "TEXT", nullable: true),
                    claim_value = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_claims", x => x.id);
                    table.ForeignKey(
                        name: "fk_agent_claims_agents_user_id",
                        column: x => x.user_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "agent_logins",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "TEXT", nullable: false),
                    provider_key = table.Column<string>(type: "TEXT", nullable: false),
                    provider_display_name = table.Column<string>(type: "TEXT", nullable: true),
                    user_id = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_logins", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "fk_agent_logins_agents_user_id",
                        column: x => x.user_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "agent_tokens",
                columns: table => new
                {
                    user_id = table.Column<int>(type: "INTEGER", nullable: false),
                    login_provider = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_tokens", x => new { x.user_id, x.login_provider, x.name });
                    table.ForeignKey(
                        name: "fk_agent_tokens_agents_user_id",
                        column: x => x.user_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "favourites",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    to_agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    number = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    added_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_favourites", x => x.id);
                    table.ForeignKey(
                        name: "fk_favourites_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_favourites_agents_to_agent_id",
                        column: x => x.to_agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "known_devices",
                columns: table => new
                {
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    device = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    last_used_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_known_devices", x => new { x.agent_id, x.device });
                    table.ForeignKey(
                        name: "fk_known_devices_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "one_time_links",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    purpose = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    code_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_one_time_links", x => x.id);
                    table.ForeignKey(
                        name: "fk_one_time_links_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "recovery_codes",
                columns: table => new
                {
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    code_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recovery_codes", x => new { x.agent_id, x.code_hash });
                    table.ForeignKey(
                        name: "fk_recovery_codes_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "second_factors",
                columns: table => new
                {
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    protected_secret = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    confirmed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_step = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_second_factors", x => x.agent_id);
                    table.ForeignKey(
                        name: "fk_second_factors_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_sessions",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    key_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    stamp = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    device = table.Column<string>(type: "TEXT", maxLength: 80, nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 45, nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    proven_at = table.Column<long>(type: "INTEGER", nullable: false),
                    must_set_up_second_factor = table.Column<bool>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    end_reason = table.Column<string>(type: "TEXT", maxLength: 60, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_sign_in_sessions_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "imported_contacts",
                columns: table => new
                {
                    import_run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    contact_id = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    before = table.Column<string>(type: "TEXT", nullable: true)
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

            migrationBuilder.CreateTable(
                name: "contact_numbers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    contact_id = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    label = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    extension = table.Column<string>(type: "TEXT", maxLength: 12, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_numbers", x => x.id);
                    table.ForeignKey(
                        name: "fk_contact_numbers_contacts_contact_id",
                        column: x => x.contact_id,
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "phone_calls",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    direction = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    from_number = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    to_number = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    caller_name = table.Column<string>(type: "TEXT", maxLength: 120, nullable: true),
                    contact_id = table.Column<long>(type: "INTEGER", nullable: true),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    conference_name = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    conference_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    twilio_call_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    status = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 20, nullable: true),
                    ended_by = table.Column<string>(type: "TEXT", maxLength: 20, nullable: true),
                    end_reason = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    offered_at = table.Column<long>(type: "INTEGER", nullable: true),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    claimed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: true),
                    agent_lost_at = table.Column<long>(type: "INTEGER", nullable: true),
                    agent_holds = table.Column<bool>(type: "INTEGER", nullable: false),
                    hung_up_at = table.Column<long>(type: "INTEGER", nullable: true),
                    dialled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    dial_state = table.Column<string>(type: "TEXT", maxLength: 20, nullable: true),
                    answered_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    conference_ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ending_leg = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    duration_seconds = table.Column<int>(type: "INTEGER", nullable: true),
                    recording_paused_at = table.Column<long>(type: "INTEGER", nullable: true),
                    recording_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    recording_url = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    recording_duration_seconds = table.Column<int>(type: "INTEGER", nullable: true),
                    notes = table.Column<string>(type: "TEXT", maxLength: 10000, nullable: true),
                    disposition = table.Column<string>(type: "TEXT", maxLength: 60, nullable: true),
                    follow_up_agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    followed_up_at = table.Column<long>(type: "INTEGER", nullable: true),
                    erased_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    parked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    parked_call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    joined_to_id = table.Column<long>(type: "INTEGER", nullable: true),
                    missed = table.Column<int>(type: "INTEGER", nullable: false, computedColumnSql: "CASE WHEN outcome IN ('Abandoned', 'Missed', 'Voicemail') THEN 1 ELSE 0 END", stored: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_phone_calls", x => x.id);
                    table.ForeignKey(
                        name: "fk_phone_calls_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_phone_calls_contacts_contact_id",
                        column: x => x.contact_id,
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "agent_roles",
                columns: table => new
                {
                    user_id = table.Column<int>(type: "INTEGER", nullable: false),
                    role_id = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_roles", x => new { x.user_id, x.role_id });
                    table.ForeignKey(
                        name: "fk_agent_roles_agents_user_id",
                        column: x => x.user_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_agent_roles_roles_role_id",
                        column: x => x.role_id,
                        principalTable: "roles",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "role_claims",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    role_id = table.Column<int>(type: "INTEGER", nullable: false),
                    claim_type = table.Column<string>(type: "TEXT", nullable: true),
                    claim_value = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_role_claims", x => x.id);
                    table.ForeignKey(
                        name: "fk_role_claims_roles_role_id",
                        column: x => x.role_id,
                        principalTable: "roles",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "call_legs",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    call_id = table.Column<long>(type: "INTEGER", nullable: false),
                    role = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    call_sid = table.Column<string>(type: "TEXT", maxLength: 34, nullable: false),
                    agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    keeps_customer = table.Column<bool>(type: "INTEGER", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    joined_at = table.Column<long>(type: "INTEGER", nullable: true),
                    left_at = table.Column<long>(type: "INTEGER", nullable: true),
                    left_sequence = table.Column<int>(type: "INTEGER", nullable: true),
                    muted = table.Column<bool>(type: "INTEGER", nullable: false),
                    held = table.Column<bool>(type: "INTEGER", nullable: false),
                    held_since = table.Column<long>(type: "INTEGER", nullable: true),
                    coaching = table.Column<bool>(type: "INTEGER", nullable: false),
                    coached_leg = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    last_sequence = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_legs", x => x.id);
                    table.ForeignKey(
                        name: "fk_call_legs_calls_call_id",
                        column: x => x.call_id,
                        principalTable: "phone_calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "call_transfers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    call_id = table.Column<long>(type: "INTEGER", nullable: false),
                    from_agent_id = table.Column<int>(type: "INTEGER", nullable: false),
                    ordered_by_id = table.Column<int>(type: "INTEGER", nullable: true),
                    to_agent_id = table.Column<int>(type: "INTEGER", nullable: true),
                    to_number = table.Column<string>(type: "TEXT", maxLength: 128, nullable: true),
                    outside_leg = table.Column<string>(type: "TEXT", maxLength: 34, nullable: true),
                    from_call_id = table.Column<long>(type: "INTEGER", nullable: true),
                    is_consult = table.Column<bool>(type: "INTEGER", nullable: false),
                    note = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    end_reason = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    on_hold = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_transfers", x => x.id);
                    table.ForeignKey(
                        name: "fk_call_transfers_phone_calls_call_id",
                        column: x => x.call_id,
                        principalTable: "phone_calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.InsertData(
                table: "agent_statuses",
                columns: new[] { "id", "name", "position", "takes_calls" },
                values: new object[,]
                {
                    { 1, "Available", 1, true },
                    { 2, "Busy", 2, false },
                    { 3, "Break", 3, false },
                    { 4, "Lunch", 4, false },
                    { 5, "Training", 5, false },
                    { 6, "Offline", 6, false }
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
                table: "database_locks",
                columns: new[] { "name", "taken" },
                values: new object[,]
                {
                    { "audit", 0L },
                    { "dialling", 0L },
                    { "reports", 0L }
                });

            migrationBuilder.InsertData(
                table: "floor_settings",
                columns: new[] { "id", "dialling_stopped_at", "disposition_required" },
                values: new object[] { 1, null, false });

            migrationBuilder.CreateIndex(
                name: "ix_agent_claims_user_id",
                table: "agent_claims",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_agent_logins_user_id",
                table: "agent_logins",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_agent_roles_role_id",
                table: "agent_roles",
                column: "role_id");

            migrationBuilder.CreateIndex(
                name: "ix_agent_statuses_name",
                table: "agent_statuses",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "EmailIndex",
                table: "agents",
                column: "normalized_email");

            migrationBuilder.CreateIndex(
                name: "UserNameIndex",
                table: "agents",
                column: "normalized_user_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_action_id",
                table: "audit_entries",
                columns: new[] { "action", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_agent_id_id",
                table: "audit_entries",
                columns: new[] { "agent_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_at",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_call_id",
                table: "audit_entries",
                column: "call_id");

            migrationBuilder.CreateIndex(
                name: "ix_call_declines_until",
                table: "call_declines",
                column: "until",
                filter: "until IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_call_dispositions_name",
                table: "call_dispositions",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_call_events_call_id",
                table: "call_events",
                column: "call_id");

            migrationBuilder.CreateIndex(
                name: "ix_call_events_key",
                table: "call_events",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_call_events_leg_sid",
                table: "call_events",
                column: "leg_sid");

            migrationBuilder.CreateIndex(
                name: "ix_call_events_received_at",
                table: "call_events",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "ix_call_legs_call_id_call_sid",
                table: "call_legs",
                columns: new[] { "call_id", "call_sid" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_call_legs_call_sid",
                table: "call_legs",
                column: "call_sid");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_asked_at",
                table: "call_transfers",
                column: "asked_at",
                filter: "to_number IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_call_id",
                table: "call_transfers",
                column: "call_id");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_expires_at",
                table: "call_transfers",
                column: "expires_at",
                filter: "state IN ('Ringing', 'Accepted')");

            migrationBuilder.CreateIndex(
                name: "ix_call_transfers_to_agent_id",
                table: "call_transfers",
                column: "to_agent_id",
                filter: "ended_at IS NULL");

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
                name: "ix_contact_numbers_contact_id_number_extension",
                table: "contact_numbers",
                columns: new[] { "contact_id", "number", "extension" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_contact_numbers_number",
                table: "contact_numbers",
                column: "number");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_company_id_sort_name",
                table: "contacts",
                columns: new[] { "company_id", "sort_name" });

            migrationBuilder.CreateIndex(
                name: "ix_contacts_email",
                table: "contacts",
                column: "email");

            migrationBuilder.CreateIndex(
                name: "ix_contacts_sort_name_id",
                table: "contacts",
                columns: new[] { "sort_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_do_not_call_import_run_id",
                table: "do_not_call",
                column: "import_run_id");

            migrationBuilder.CreateIndex(
                name: "ix_favourites_agent_id_number",
                table: "favourites",
                columns: new[] { "agent_id", "number" },
                unique: true,
                filter: "number IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_favourites_agent_id_to_agent_id",
                table: "favourites",
                columns: new[] { "agent_id", "to_agent_id" },
                unique: true,
                filter: "to_agent_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_favourites_number",
                table: "favourites",
                column: "number",
                filter: "number IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_favourites_to_agent_id",
                table: "favourites",
                column: "to_agent_id");

            migrationBuilder.CreateIndex(
                name: "ix_join_intents_call_id_agent_id",
                table: "join_intents",
                columns: new[] { "call_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_join_intents_expires_at",
                table: "join_intents",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_one_time_links_agent_id",
                table: "one_time_links",
                column: "agent_id");

            migrationBuilder.CreateIndex(
                name: "ix_one_time_links_code_hash",
                table: "one_time_links",
                column: "code_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_agent_id_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "agent_id", "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_conference_name",
                table: "phone_calls",
                column: "conference_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_conference_sid",
                table: "phone_calls",
                column: "conference_sid");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_contact_id_created_at_id",
                table: "phone_calls",
                columns: new[] { "contact_id", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_created_at_id",
                table: "phone_calls",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_direction_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_direction_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "direction", "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_from_number_created_at_id",
                table: "phone_calls",
                columns: new[] { "from_number", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_missed_followed_up_at_created_at_id",
                table: "phone_calls",
                columns: new[] { "missed", "followed_up_at", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_outcome_created_at_id",
                table: "phone_calls",
                columns: new[] { "outcome", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_recorded",
                table: "phone_calls",
                columns: new[] { "created_at", "id" },
                filter: "recording_sid IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_status",
                table: "phone_calls",
                column: "status",
                filter: "status <> 'Ended'");

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_to_number_created_at_id",
                table: "phone_calls",
                columns: new[] { "to_number", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_phone_calls_twilio_call_sid",
                table: "phone_calls",
                column: "twilio_call_sid",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_role_claims_role_id",
                table: "role_claims",
                column: "role_id");

            migrationBuilder.CreateIndex(
                name: "RoleNameIndex",
                table: "roles",
                column: "normalized_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_attempts_last_at",
                table: "sign_in_attempts",
                column: "last_at");

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_sessions_agent_id_ended_at",
                table: "sign_in_sessions",
                columns: new[] { "agent_id", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_sessions_ended_at",
                table: "sign_in_sessions",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_sessions_key_hash",
                table: "sign_in_sessions",
                column: "key_hash",
                unique: true);
            SearchTables.Create(migrationBuilder);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE call_search;");
            migrationBuilder.Sql("DROP TABLE contact_search;");
            migrationBuilder.Sql("DROP TABLE contact_number_search;");
            migrationBuilder.DropTable(
                name: "agent_claims");

            migrationBuilder.DropTable(
                name: "agent_logins");

            migrationBuilder.DropTable(
                name: "agent_roles");

            migrationBuilder.DropTable(
                name: "agent_statuses");

            migrationBuilder.DropTable(
                name: "agent_tokens");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "audit_head");

            migrationBuilder.DropTable(
                name: "call_declines");

            migrationBuilder.DropTable(
                name: "call_dispositions");

            migrationBuilder.DropTable(
                name: "call_events");

            migrationBuilder.DropTable(
                name: "call_legs");

            migrationBuilder.DropTable(
                name: "call_transfers");

            migrationBuilder.DropTable(
                name: "companies");

            migrationBuilder.DropTable(
                name: "contact_fields");

            migrationBuilder.DropTable(
                name: "contact_merges");

            migrationBuilder.DropTable(
                name: "contact_numbers");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "database_locks");

            migrationBuilder.DropTable(
                name: "do_not_call");

            migrationBuilder.DropTable(
                name: "favourites");

            migrationBuilder.DropTable(
                name: "floor_settings");

            migrationBuilder.DropTable(
                name: "imported_contacts");

            migrationBuilder.DropTable(
                name: "join_intents");

            migrationBuilder.DropTable(
                name: "known_devices");

            migrationBuilder.DropTable(
                name: "one_time_links");

            migrationBuilder.DropTable(
                name: "recovery_codes");

            migrationBuilder.DropTable(
                name: "report_agent_days");

            migrationBuilder.DropTable(
                name: "report_hours");

            migrationBuilder.DropTable(
                name: "report_marks");

            migrationBuilder.DropTable(
                name: "report_zones");

            migrationBuilder.DropTable(
                name: "role_claims");

            migrationBuilder.DropTable(
                name: "second_factors");

            migrationBuilder.DropTable(
                name: "sign_in_attempts");

            migrationBuilder.DropTable(
                name: "sign_in_sessions");

            migrationBuilder.DropTable(
                name: "phone_calls");

            migrationBuilder.DropTable(
                name: "contact_imports");

            migrationBuilder.DropTable(
                name: "roles");

            migrationBuilder.DropTable(
                name: "agents");

            migrationBuilder.DropTable(
                name: "contacts");
        }
    }
}
