namespace UppalCrm.Core.Agents;

/// <summary>What a person may do beyond taking and placing calls.</summary>
public enum Right
{
    ReadCalls,
    ReadContacts,
    ReadNotes,
    ImportContacts,
    DeleteContacts,
    EraseCustomers,
    LiftDoNotCall,
    PlayRecordings,
    ExportCalls,
    ExportContacts,
    WatchFloor,
    StepIntoCalls,
    ReadReports,
    ExportReports,
    ReadAudit,
    ChangeSettings,
    ManagePeople,
}

/// <summary>Which role has which right: the one list. The doors ask it, and docs/rights.md prints it.</summary>
public static class Rights
{
    private static readonly string[] Everybody = [Roles.Agent, Roles.Supervisor, Roles.Admin];
    private static readonly string[] Supervisors = [Roles.Supervisor, Roles.Admin];
    private static readonly string[] Administrators = [Roles.Admin];

    /// <summary>Every right with what it is in words.</summary>
    public static readonly IReadOnlyList<(Right Right, string Words, IReadOnlyList<string> Roles)> All =
    [
        (Right.ReadCalls, "Look through calls and the missed calls", Everybody),
        (Right.ReadContacts, "Look up, add and change contacts", Everybody),
        (Right.ReadNotes, "Read the notes of contacts and of the calls they may see", Everybody),
        (Right.ImportContacts, "Import contacts from a file", Everybody),
        (Right.DeleteContacts, "Delete and merge contacts, make one company of two", Supervisors),
        (Right.EraseCustomers, "Erase a customer for good, set and lift a legal hold", Administrators),
        (Right.LiftDoNotCall, "Let a number be called again that must not be called", Supervisors),
        (Right.PlayRecordings, "Play recordings (an agent: of their own calls)", Everybody),
        (Right.ExportCalls, "Download calls as a file", Supervisors),
        (Right.ExportContacts, "Download contacts as a file", Supervisors),
        (Right.WatchFloor, "See the board", Supervisors),
        (Right.StepIntoCalls, "Listen, whisper, barge, hang up", Supervisors),
        (Right.ReadReports, "Read reports", Supervisors),
        (Right.ExportReports, "Download reports as a file", Supervisors),
        (Right.ReadAudit, "Read and download the audit", Administrators),
        (Right.ChangeSettings, "Change settings, stop all dialling", Administrators),
        (Right.ManagePeople, "Invite, change and deactivate people", Administrators),
    ];

    /// <summary>The roles that have this right.</summary>
    public static IReadOnlyList<string> RolesWith(Right right) => All.Single(row => row.Right == right).Roles;

    /// <summary>The same as ASP.NET Core's attributes take it.</summary>
    public static string RoleList(Right right) => string.Join(',', RolesWith(right));
}
