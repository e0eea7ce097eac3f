using System.Globalization;
using System.Text.RegularExpressions;

namespace UppalCrm.Web.Audit;

/// <summary>The audit's actions as people say them.</summary>
internal static partial class AuditLabels
{
    /// <summary>The audit names people by their numbers, for it outlives them; who reads it is shown their names of today.</summary>
    public static string? WithNames(string? detail, Func<int, string?> nameOf) =>
        detail is null ? null : AgentByNumber().Replace(
            detail,
            agent => nameOf(int.Parse(agent.Groups["id"].ValueSpan, CultureInfo.InvariantCulture)) is { } name
                ? $"{agent.Value} ({name})" : agent.Value);

    public static string Of(AuditAction action) => action switch
    {
        AuditAction.SignedIn => "Signed in",
        AuditAction.SignedOut => "Signed out",
        AuditAction.SignInRefused => "Sign in refused",
        AuditAction.SignInLimited => "Too many failed sign-ins",
        AuditAction.PhoneTokenIssued => "Phone token issued",
        AuditAction.JoinRefused => "Join refused",
        AuditAction.ListenStarted => "Listening started",
        AuditAction.WhisperStarted => "Whisper started",
        AuditAction.BargeStarted => "Barged in",
        AuditAction.ListenEnded => "Left the call",
        AuditAction.CallEnded => "Call ended by supervisor",
        AuditAction.OfferedAgain => "Offered again",
        AuditAction.CallTakenOver => "Call taken over by supervisor",
        AuditAction.CallHandedToAnother => "Call given to another agent",
        AuditAction.CallsJoined => "Customer brought into another call",
        AuditAction.CallTakenAway => "Call taken away",
        AuditAction.Dialled => "Dialled",
        AuditAction.DialAlarmRaised => "Dialling alarm",
        AuditAction.DiallingStopped => "All dialling stopped",
        AuditAction.DiallingAllowed => "Dialling allowed again",
        AuditAction.NotesWritten => "Notes written",
        AuditAction.DispositionSet => "Disposition chosen",
        AuditAction.CallContactChosen => "Contact of a call chosen",
        AuditAction.FollowUpChanged => "Follow-up changed",
        AuditAction.PageRefused => "Page refused",
        AuditAction.AgentStatusSet => "Agent's status set",
        AuditAction.WrapUpClosed => "Wrap-up closed",
        AuditAction.RecordingPaused => "Recording paused",
        AuditAction.RecordingResumed => "Recording resumed",
        AuditAction.RecordingPlayed => "Recording played",
        AuditAction.SettingsChanged => "Settings changed",
        AuditAction.ContactAdded => "Contact added",
        AuditAction.ContactChanged => "Contact changed",
        AuditAction.ContactsMerged => "Contacts merged",
        AuditAction.ContactsSeparated => "Merge undone",
        AuditAction.CompanyChanged => "Company changed",
        AuditAction.CompaniesJoined => "Companies joined",
        AuditAction.DoNotCallSet => "Do not call: set",
        AuditAction.DoNotCallLifted => "Do not call: lifted",
        AuditAction.DialRefused => "Call refused",
        AuditAction.ContactDeleted => "Contact deleted",
        AuditAction.ContactErased => "Contact erased",
        AuditAction.LegalHoldSet => "Legal hold set",
        AuditAction.LegalHoldLifted => "Legal hold lifted",
        AuditAction.RetentionApplied => "Retention applied",
        AuditAction.ContactsImported => "Contacts imported",
        AuditAction.ImportUndone => "Import undone",
        AuditAction.ContactsExported => "Contacts exported",
        AuditAction.CallsExported => "Calls exported",
        AuditAction.ReportExported => "Report exported",
        AuditAction.AuditExported => "Audit exported",
        AuditAction.AuditRead => "Audit read",
        AuditAction.AuditDamaged => "Audit damaged",
        AuditAction.PersonInvited => "Person invited",
        AuditAction.InvitationAccepted => "Invitation accepted",
        AuditAction.PersonChanged => "Person changed",
        AuditAction.PersonDeactivated => "Person deactivated",
        AuditAction.PersonReactivated => "Person reactivated",
        AuditAction.SessionsEnded => "Sessions ended",
        AuditAction.SecondFactorOn => "Second factor set up",
        AuditAction.RecoveryCodesMade => "Recovery codes made",
        AuditAction.RecoveryCodeUsed => "Recovery code used",
        AuditAction.SecondFactorOff => "Second factor removed",
        AuditAction.PasswordRefused => "Password refused",
        AuditAction.PasswordChanged => "Password changed",
        AuditAction.PasswordLinkMade => "Password link made",
        AuditAction.FirstAdministratorMade => "First administrator made",
        _ => "Unknown action",
    };

    public static string ToneOf(AuditAction action) => action switch
    {
        AuditAction.SignInRefused or AuditAction.SignInLimited or AuditAction.JoinRefused
            or AuditAction.PasswordRefused or AuditAction.PageRefused
            or AuditAction.DialRefused or AuditAction.DialAlarmRaised or AuditAction.AuditDamaged => "chip-danger",
        AuditAction.ContactsExported or AuditAction.CallsExported or AuditAction.ReportExported or AuditAction.AuditExported
            or AuditAction.RecordingPlayed => "chip-warn",
        AuditAction.ListenStarted or AuditAction.WhisperStarted or AuditAction.BargeStarted => "chip-accent",
        _ => "",
    };

    [GeneratedRegex(@"\bagent (?<id>\d{1,9})\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex AgentByNumber();
}
