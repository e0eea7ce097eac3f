namespace UppalCrm.Core.Audit;

/// <summary>What somebody did that others may ask about later.</summary>
public enum AuditAction
{
    /// <summary>Written by a version of the program that knew more actions.</summary>
    Unknown,

    SignedIn,
    SignedOut,
    SignInRefused,

    /// <summary>One address failed at the sign-in page so often that it was told to wait.</summary>
    SignInLimited,
    PhoneTokenIssued,
    JoinRefused,
    ListenStarted,
    WhisperStarted,
    BargeStarted,

    /// <summary>A supervisor left a call, whatever part they had in it.</summary>
    ListenEnded,

    /// <summary>A supervisor ended a call.</summary>
    CallEnded,

    OfferedAgain,

    /// <summary>A supervisor took an agent's call over.</summary>
    CallTakenOver,

    /// <summary>A supervisor had another agent asked to take an agent's call.</summary>
    CallHandedToAnother,

    /// <summary>A supervisor brought the customer of one call into another.</summary>
    CallsJoined,

    /// <summary>A call was taken out of the hands of a person who was put out, and is offered to the others.</summary>
    CallTakenAway,
    Dialled,
    DialAlarmRaised,
    DiallingStopped,
    DiallingAllowed,
    NotesWritten,
    DispositionSet,

    /// <summary>An agent said which contact the customer of a call is.</summary>
    CallContactChosen,
    FollowUpChanged,

    /// <summary>A page or a download that the person has no right to.</summary>
    PageRefused,
    AgentStatusSet,
    WrapUpClosed,
    RecordingPaused,
    RecordingResumed,
    RecordingPlayed,
    SettingsChanged,
    ContactAdded,
    ContactChanged,
    ContactsMerged,
    ContactsSeparated,
    CompanyChanged,

    /// <summary>A company was given the name of another one, and the two are one.</summary>
    CompaniesJoined,
    DoNotCallSet,
    DoNotCallLifted,
    DialRefused,
    ContactDeleted,
    ContactErased,
    LegalHoldSet,
    LegalHoldLifted,
    RetentionApplied,
    ContactsImported,
    ImportUndone,
    ContactsExported,
    CallsExported,
    ReportExported,
    AuditExported,
    AuditRead,
    AuditDamaged,
    PersonInvited,
    InvitationAccepted,
    PersonChanged,
    PersonDeactivated,
    PersonReactivated,
    SessionsEnded,
    SecondFactorOn,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SecondFactorOff,
    PasswordRefused,
    PasswordChanged,
    PasswordLinkMade,
    FirstAdministratorMade,
}

/// <summary>The stored words of <see cref="AuditAction"/>. A row's hash covers the word.</summary>
public static class AuditActions
{
    private static readonly StoredWords<AuditAction> Words = new(
        (AuditAction.Unknown, "unknown"),
        (AuditAction.SignedIn, "signed-in"),
        (AuditAction.SignedOut, "signed-out"),
        (AuditAction.SignInRefused, "sign-in-refused"),
        (AuditAction.SignInLimited, "sign-in-limited"),
        (AuditAction.PhoneTokenIssued, "phone-token-issued"),
        (AuditAction.JoinRefused, "join-refused"),
        (AuditAction.ListenStarted, "listen-started"),
        (AuditAction.WhisperStarted, "whisper-started"),
        (AuditAction.BargeStarted, "barge-started"),
        (AuditAction.ListenEnded, "listen-ended"),
        (AuditAction.CallEnded, "call-ended"),
        (AuditAction.OfferedAgain, "offered-again"),
        (AuditAction.CallTakenOver, "call-taken-over"),
        (AuditAction.CallHandedToAnother, "call-handed-to-another"),
        (AuditAction.CallsJoined, "calls-joined"),
        (AuditAction.CallTakenAway, "call-taken-away"),
        (AuditAction.Dialled, "dialled"),
        (AuditAction.DialAlarmRaised, "dial-alarm-raised"),
        (AuditAction.DiallingStopped, "dialling-stopped"),
        (AuditAction.DiallingAllowed, "dialling-allowed"),
        (AuditAction.NotesWritten, "notes-written"),
        (AuditAction.DispositionSet, "disposition-set"),
        (AuditAction.CallContactChosen, "call-contact-chosen"),
        (AuditAction.FollowUpChanged, "follow-up-changed"),
        (AuditAction.PageRefused, "page-refused"),
        (AuditAction.AgentStatusSet, "agent-status-set"),
        (AuditAction.WrapUpClosed, "wrap-up-closed"),
        (AuditAction.RecordingPaused, "recording-paused"),
        (AuditAction.RecordingResumed, "recording-resumed"),
        (AuditAction.RecordingPlayed, "recording-played"),
        (AuditAction.SettingsChanged, "settings-changed"),
        (AuditAction.ContactAdded, "contact-added"),
        (AuditAction.ContactChanged, "contact-changed"),
        (AuditAction.ContactsMerged, "contacts-merged"),
        (AuditAction.ContactsSeparated, "contacts-separated"),
        (AuditAction.CompanyChanged, "company-changed"),
        (AuditAction.CompaniesJoined, "companies-joined"),
        (AuditAction.DoNotCallSet, "do-not-call-set"),
        (AuditAction.DoNotCallLifted, "do-not-call-lifted"),
        (AuditAction.DialRefused, "dial-refused"),
        (AuditAction.ContactDeleted, "contact-deleted"),
        (AuditAction.ContactErased, "contact-erased"),
        (AuditAction.LegalHoldSet, "legal-hold-set"),
        (AuditAction.LegalHoldLifted, "legal-hold-lifted"),
        (AuditAction.RetentionApplied, "retention-applied"),
        (AuditAction.ContactsImported, "contacts-imported"),
        (AuditAction.ImportUndone, "import-undone"),
        (AuditAction.ContactsExported, "contacts-exported"),
        (AuditAction.CallsExported, "calls-exported"),
        (AuditAction.ReportExported, "report-exported"),
        (AuditAction.AuditExported, "audit-exported"),
        (AuditAction.AuditRead, "audit-read"),
        (AuditAction.AuditDamaged, "audit-damaged"),
        (AuditAction.PersonInvited, "person-invited"),
        (AuditAction.InvitationAccepted, "invitation-accepted"),
        (AuditAction.PersonChanged, "person-changed"),
        (AuditAction.PersonDeactivated, "person-deactivated"),
        (AuditAction.PersonReactivated, "person-reactivated"),
        (AuditAction.SessionsEnded, "sessions-ended"),
        (AuditAction.SecondFactorOn, "second-factor-on"),
        (AuditAction.RecoveryCodesMade, "recovery-codes-made"),
        (AuditAction.RecoveryCodeUsed, "recovery-code-used"),
        (AuditAction.SecondFactorOff, "second-factor-off"),
        (AuditAction.PasswordRefused, "password-refused"),
        (AuditAction.PasswordChanged, "password-changed"),
        (AuditAction.PasswordLinkMade, "password-link-made"),
        (AuditAction.FirstAdministratorMade, "first-administrator-made"));

    public static string ToWord(this AuditAction action) => Words.WordOf(action);

    public static AuditAction Parse(string word) => Words.Parse(word);

    internal static AuditAction StartOf(SupervisorMode mode) => mode switch
    {
        SupervisorMode.Whisper => AuditAction.WhisperStarted,
        SupervisorMode.Barge => AuditAction.BargeStarted,
        _ => AuditAction.ListenStarted,
    };
}
