using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.People;

public sealed partial class PeoplePage
{
    private readonly DialogOptions _dialog = new() { CloseOnEscapeKey = true, MaxWidth = MaxWidth.Small, FullWidth = true };
    private IReadOnlyList<Person>? _people;
    private IReadOnlyList<string> _demanding = [];
    private Person? _chosen;
    private bool _isOpen;
    private string _search = "";
    private PersonDraft _draft = new();
    private string? _words;
    private string? _inviteWords;
    private string? _dialogWords;
    private string? _done;
    private string? _link;
    private string? _linkWords;
    private int _me;
    private string? _session;
    private bool _mustProve;
    private ElementReference _linkField;
    private bool _linkIsNew;

    /// <summary>Whom the form invites; null while the form is closed. What was typed outlives a lost circuit.</summary>
    [PersistentState]
    public PersonDraft? Invited { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> AuthenticationState { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        var person = (await AuthenticationState).User;
        (_me, _session) = (person.AgentId(), person.FindSessionKey());
        // Listen first, then load: somebody who accepts an invitation in between is not missed.
        var reload = Gather(Time, LoadAsync);
        Own(Feed.SubscribeAgents(_ => reload()));
        await LoadAsync();
        _demanding = await People.GetDemandingRolesAsync(Closed);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_linkIsNew && _link is not null)
        {
            _linkIsNew = false;
            await _linkField.FocusAsync();
        }
    }

    private static string ToneOf(PersonState state) => state switch
    {
        PersonState.Invited => "chip-info",
        PersonState.Deactivated => "",
        _ => "chip-ok",
    };

    internal static string RoleName(string role) => role == Roles.Admin ? "Administrator" : role;

    private async Task LoadAsync() => _people = await People.GetAsync(_me, _search, Closed);

    private Task SearchAsync(string? text)
    {
        _search = text ?? "";
        return LoadAsync();
    }

    private void Open(Person person)
    {
        (_chosen, _dialogWords) = (person, null);
        _draft = new PersonDraft { Name = person.Name, Email = person.Email, Role = person.Role };
        _isOpen = true;
    }

    private Task InviteAsync() => OnceAsync(async () =>
    {
        Forget();
        if (!await IsProvenAsync())
        {
            return;
        }

        (var invitation, _inviteWords) =
            await People.InviteAsync(_me, Invited!.Name, Invited.Email, Invited.Role, CancellationToken.None);
        if (invitation is not null)
        {
            await ShowAsync(invitation, "invitation", "You are invited to UppalCRM");
            // The form goes with the button that was pressed: the keyboard goes on in the link, to be copied.
            (Invited, _linkIsNew) = (null, true);
        }

        await LoadAsync();
    });

    private async Task MakeLinkAsync()
    {
        Forget();
        if (!await IsProvenAsync())
        {
            return;
        }

        (var invitation, _dialogWords) = await People.MakeLinkAsync(_me, _chosen!.Id, CancellationToken.None);
        if (invitation is not null)
        {
            var invited = _chosen.State == PersonState.Invited;
            await ShowAsync(
                invitation, invited ? "invitation" : "password",
                invited ? "You are invited to UppalCRM" : "Choose another password for UppalCRM");
            _isOpen = false;
        }
    }

    private async Task ShowAsync(Invitation invitation, string page, string subject)
    {
        var address = $"{Address.Uri?.ToString() ?? Navigation.BaseUri}".TrimEnd('/');
        _link = $"{address}/{page}/{invitation.Code}";
        _linkWords = $"For {invitation.Email}, once, until {invitation.ExpiresAt:yyyy-MM-dd HH:mm} UTC. It is not shown again:";
        if (!Mail.IsOn)
        {
            return;
        }

        try
        {
            await Mail.SendAsync(
                invitation.Email, subject,
                $"{subject}. Open this link, once, until {invitation.ExpiresAt:yyyy-MM-dd HH:mm} UTC:\n\n{_link}\n", CancellationToken.None);
            _done = $"The link was mailed to {invitation.Email}.";
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            Logger.LogWarning(ex, "The link for agent {AgentId} could not be mailed", invitation.AgentId);
            _words = $"The mail to {invitation.Email} could not be sent: {ex.Message} Copy the link below instead.";
        }
    }

    private Task SaveAsync() =>
        ActAsync(() => People.ChangeAsync(_me, _chosen!.Id, _draft.Name, _draft.Email, _draft.Role, CancellationToken.None), "Saved.");

    private Task DeactivateAsync() =>
        ActAsync(
            () => People.DeactivateAsync(_me, _chosen!.Id, CancellationToken.None), $"{_chosen!.Name} is deactivated and signed out.");

    private Task ReactivateAsync() =>
        ActAsync(() => NoRefusal(People.ReactivateAsync(_me, _chosen!.Id, CancellationToken.None)), $"{_chosen!.Name} can sign in again.");

    private Task EndSessionsAsync() =>
        ActAsync(
            () => NoRefusal(People.EndSessionsAsync(_me, _chosen!.Id, CancellationToken.None)), $"{_chosen!.Name} is signed out everywhere.");

    private Task RemoveSecondFactorAsync() =>
        ActAsync(
            () => NoRefusal(People.RemoveSecondFactorAsync(_me, _chosen!.Id, CancellationToken.None)),
            $"{_chosen!.Name} has no second factor any more.");

    private async Task DemandAsync(string role, bool demanded)
    {
        Forget();
        if (!await IsProvenAsync())
        {
            return;
        }

        await People.DemandAsync(_me, role, demanded, CancellationToken.None);
        _demanding = await People.GetDemandingRolesAsync(Closed);
    }

    private Task ActAsync(Func<Task<string?>> act, string done) => OnceAsync(async () =>
    {
        Forget();
        if (!await IsProvenAsync())
        {
            return;
        }

        _dialogWords = await act();
        if (_dialogWords is null)
        {
            (_done, _isOpen) = (done, false);
        }

        await LoadAsync();
    });

    private void Forget() =>
        (_words, _inviteWords, _dialogWords, _done, _link, _mustProve) = (null, null, null, null, null, false);

    /// <summary>A page stays open longer than its person stays at the desk.</summary>
    private async Task<bool> IsProvenAsync()
    {
        _mustProve = !await Sessions.IsProvenAsync(_session, Closed);
        (_words, _isOpen) = _mustProve ? (SecondLook.Words, false) : (_words, _isOpen);
        return !_mustProve;
    }

    private string Seen(Person person) => person.LastSeenAt is not { } seen ? "Never"
        : Time.GetUtcNow() - seen < TimeSpan.FromMinutes(2) ? "Now"
        : $"{seen:yyyy-MM-dd HH:mm} UTC";

    private static async Task<string?> NoRefusal(Task act)
    {
        await act;
        return null;
    }
}
