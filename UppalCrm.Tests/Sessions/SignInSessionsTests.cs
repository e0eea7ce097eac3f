using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Sessions;

/// <summary>What is asked of the database for a connection that is open, and what is not.</summary>
public sealed class SignInSessionsTests : IAsyncLifetime
{
    private readonly StatementsSeen _seen = new();
    private CallCentre _centre = null!;
    private SignInSessions _here = null!;
    private SignInSessions _otherNode = null!;
    private string _key = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _centre = await CallCentre.OpenAsync();
        var dana = await _centre.HireAsync("Dana");
        await using var db = _centre.OpenDatabase();
        await db.Agents.Where(a => a.Id == dana).ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, "stamp"), Token);
        (_here, _otherNode) = (NodeOf(_seen), NodeOf());
        _key = await _here.StartAsync(dana, "stamp", "Firefox", "192.0.2.1", mustSetUpSecondFactor: false, Token);
        Assert.NotNull(await _here.FindAsync(_key, Token));
    }

    public ValueTask DisposeAsync() => _centre.DisposeAsync();

    [Fact]
    public async Task What_a_person_does_on_an_open_connection_asks_nothing_while_sessions_that_end_are_looked_for()
    {
        await LookAsync();
        for (var second = 0; second < 20; second++)
        {
            _centre.Clock.Advance(TimeSpan.FromSeconds(1));
            await LookAsync();
            _seen.Texts.Clear();
            Assert.NotNull(await _here.FindOfOpenAsync(_key, Token));
            Assert.Empty(_seen.Texts);
        }

        _centre.Clock.Advance(TimeSpan.FromSeconds(11)); // half a minute after it was asked last
        await LookAsync();
        _seen.Texts.Clear();
        Assert.NotNull(await _here.FindOfOpenAsync(_key, Token));
        Assert.NotEmpty(_seen.Texts);
    }

    [Fact]
    public async Task A_session_that_another_node_ended_is_refused_after_the_next_look()
    {
        await LookAsync();
        _centre.Clock.Advance(TimeSpan.FromSeconds(1));
        await _otherNode.EndAsync(_key, "signed out", Token);
        await LookAsync();
        Assert.Null(await _here.FindOfOpenAsync(_key, Token));
    }

    [Fact]
    public async Task Without_a_look_the_database_is_asked()
    {
        await LookAsync();
        await _otherNode.EndAsync(_key, "signed out", Token);
        _centre.Clock.Advance(TimeSpan.FromSeconds(2)); // the looks have failed since
        Assert.Null(await _here.FindOfOpenAsync(_key, Token));
    }

    [Fact]
    public async Task One_that_ends_while_the_database_is_asked_is_not_remembered_as_open()
    {
        await LookAsync();
        _centre.Clock.Advance(TimeSpan.FromSeconds(1.5));
        _seen.OnceAsked = () => _here.EndAsync(_key, "signed out", Token);
        await _here.FindAsync(_key, Token); // read before it ended
        Assert.Null(await _here.FindOfOpenAsync(_key, Token));
    }

    private SignInSessions NodeOf(params StatementsSeen[] seen) =>
        new(new WatchedDatabase(_centre, seen), _centre.Clock, NullLogger<SignInSessions>.Instance);

    private Task LookAsync() => _here.LookAsync(_centre.Clock.GetUtcNow() - TimeSpan.FromSeconds(30), Token);
}
