using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using UppalCrm.Web.Layout;

namespace UppalCrm.Tests.Layout;

/// <summary>What pages are made of.</summary>
public sealed class KitTests : BunitContext
{
    [Fact]
    public async Task The_second_press_of_a_double_click_does_nothing_while_the_first_is_at_work()
    {
        var page = Render<SlowForm>();

        var first = page.Find("form").SubmitAsync();
        await page.Find("form").SubmitAsync();
        Assert.Equal(1, page.Instance.Begun);
        page.Instance.Answer.SetResult();
        await first;
        await page.Find("form").SubmitAsync();

        Assert.Equal(2, page.Instance.Begun);
    }

    [Fact]
    public void A_note_says_how_grave_it_is_by_icon_and_class_and_keeps_the_role_it_is_given()
    {
        var note = Render<Note>(
            p => p.Add(n => n.Severity, Severity.Error).AddUnmatched("role", "alert").AddChildContent("No microphone."));

        var drawn = note.Find(".mud-alert-text-error");
        Assert.Equal("alert", drawn.GetAttribute("role"));
        Assert.Equal("No microphone.", drawn.TextContent.Trim());
        Assert.Equal("true", drawn.QuerySelector("svg")!.GetAttribute("aria-hidden"));
    }

    [Fact]
    public void A_field_ties_label_hint_and_error_to_its_input()
    {
        var field = Render<Field>(
            p => p.Add(f => f.Id, "name").Add(f => f.Label, "Name").Add(f => f.Hint, "As on the door.").Add(f => f.Error, "Say a name."));

        var input = field.Find("#name");
        Assert.Equal("name", field.Find("label").GetAttribute("for"));
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Equal(
            ["As on the door.", "Say a name."],
            input.GetAttribute("aria-describedby")!.Split(' ').Select(id => field.Find("#" + id).TextContent));
    }

    [Fact]
    public void A_field_without_error_is_not_marked_as_wrong_and_tells_what_was_typed()
    {
        string? heard = null;
        var field = Render<Field>(
            p => p.Add(f => f.Id, "name").Add(f => f.Label, "Name").Add(f => f.ValueChanged, (string text) => heard = text));

        field.Find("#name").Change("Maya");

        Assert.Equal("Maya", heard);
        Assert.False(field.Find("#name").HasAttribute("aria-invalid"));
        Assert.False(field.Find("#name").HasAttribute("aria-describedby"));
        Assert.False(field.Find("#name").HasAttribute("blazor:oninput")); // nobody asked for each letter
    }

    [Fact]
    public void An_icon_button_has_a_name_that_is_read_out()
    {
        var presses = 0;
        var button = Render<IconButton>(
            p => p.Add(b => b.Icon, "close").Add(b => b.Label, "Dismiss").Add(b => b.OnClick, () => presses++));

        button.Find("button").Click();

        Assert.Equal(1, presses);
        Assert.Equal("Dismiss", button.Find("button").GetAttribute("aria-label"));
        Assert.Equal("button", button.Find("button").GetAttribute("type"));
    }

    [Fact]
    public void A_live_page_ends_its_token_and_what_it_owns_when_it_goes()
    {
        var subscription = new Owned();
        var page = Render<Watcher>();
        page.Instance.Keep(subscription);

        page.Instance.Dispose();
        page.Instance.Dispose(); // Blazor may, and a second time changes nothing

        Assert.True(page.Instance.Token.IsCancellationRequested);
        Assert.Equal(1, subscription.Ends);
    }

    [Fact]
    public void What_a_live_page_is_given_after_its_end_is_ended_at_once()
    {
        var late = new Owned();
        var page = Render<Watcher>();
        page.Instance.Dispose();

        page.Instance.Keep(late);

        Assert.Equal(1, late.Ends);
    }

    [Fact]
    public void A_live_page_shows_what_failed_while_it_answered_a_change()
    {
        var boundary = Render<Boundary>();

        boundary.FindComponent<Watcher>().Instance.Do(() => throw new InvalidOperationException("The database is away."));

        boundary.WaitForAssertion(() => Assert.Equal("The database is away.", boundary.Find("p").TextContent));
    }

    [Fact]
    public void A_live_page_that_is_gone_answers_no_change_and_tells_nobody_of_a_read_that_was_broken_off()
    {
        var boundary = Render<Boundary>();
        var page = boundary.FindComponent<Watcher>().Instance;
        var reading = new TaskCompletionSource();
        page.Do(() => reading.Task);
        page.Dispose();

        reading.SetException(new OperationCanceledException());
        page.Do(() => throw new InvalidOperationException("Too late."));

        Assert.Empty(boundary.FindAll("p"));
    }

    [Fact]
    public void A_live_page_answers_a_swarm_of_changes_once_and_what_comes_while_it_reads_once_more()
    {
        var clock = new FakeTimeProvider();
        var page = Render<Watcher>();
        var reads = 0;
        Action changed = () => { };
        changed = page.Instance.GatherFor(clock, () =>
        {
            if (++reads == 1)
            {
                changed(); // while the page reads
            }

            return Task.CompletedTask;
        });

        changed();
        changed();
        changed();
        Assert.Equal(0, reads);
        clock.Advance(TimeSpan.FromMilliseconds(300));
        page.WaitForAssertion(() => Assert.Equal(1, reads));
        clock.Advance(TimeSpan.FromMilliseconds(999)); // once a second at most
        Assert.Equal(1, reads);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        page.WaitForAssertion(() => Assert.Equal(2, reads));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, reads);
    }

    private sealed class Owned : IDisposable
    {
        public int Ends { get; private set; }

        public void Dispose() => Ends++;
    }

    private sealed class Watcher : LivePage
    {
        public CancellationToken Token => Closed;

        public void Keep(IDisposable owned) => Own(owned);

        public void Do(Func<Task> work) => Run(work);

        public Action GatherFor(TimeProvider time, Func<Task> work) => Gather(time, work);
    }

    private sealed class Boundary : ErrorBoundaryBase
    {
        protected override Task OnErrorAsync(Exception exception) => Task.CompletedTask;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            if (CurrentException is { } failure)
            {
                builder.OpenElement(0, "p");
                builder.AddContent(1, failure.Message);
                builder.CloseElement();
                return;
            }

            builder.OpenComponent<Watcher>(2);
            builder.CloseComponent();
        }
    }

    private sealed class SlowForm : LivePage
    {
        public TaskCompletionSource Answer { get; } = new();

        public int Begun { get; private set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "form");
            builder.AddAttribute(1, "onsubmit", EventCallback.Factory.Create<EventArgs>(this, SaveAsync));
            builder.CloseElement();
        }

        private Task SaveAsync() => OnceAsync(() =>
        {
            Begun++;
            return Answer.Task;
        });
    }
}
