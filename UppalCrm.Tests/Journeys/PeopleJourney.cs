using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>An administrator invites a colleague, although the connection is lost for longer than the server keeps the page.</summary>
[Collection(nameof(Stage))]
public sealed class PeopleJourney(Stage stage)
{
    [Fact]
    public async Task An_invitation_that_was_being_typed_outlives_its_circuit_and_bad_input_is_told_in_words()
    {
        await using var house = await House.OpenAsync();
        await using var alex = await stage.SignInAsync(house, "admin@uppalcrm.test");
        await alex.OpenAsync("/people");
        var page = alex.Page;
        var invitation = page.GetByRole(AriaRole.Form, new() { Name = "Invite somebody" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite somebody" }).ClickAsync();
        await invitation.GetByRole(AriaRole.Button).Last.ClickAsync();
        await Expect(invitation).ToContainTextAsync("Write a name.");
        await invitation.GetByLabel("Name").FillAsync("Nora Quist");
        await invitation.GetByLabel("E-mail").FillAsync("nora");
        await page.GetByLabel("Search by name or e-mail").FillAsync("dana");
        await Expect(page.Locator(".mud-data-grid tbody tr")).ToHaveCountAsync(1);

        // The server cannot be reached for longer than it keeps the circuit. What nobody typed into a form is not kept: the list is whole
        // again.
        using var circuits = new EndedCircuits();
        house.Services.GetRequiredService<IOptions<CircuitOptions>>().Value.DisconnectedCircuitRetentionPeriod = TimeSpan
            .FromMilliseconds(1);
        await page.RouteAsync("**/_blazor/negotiate*", route => route.AbortAsync());
        await page.EvaluateAsync("() => Blazor._internal.forceCloseConnection()");
        await Eventually.HoldsAsync(() => circuits.Count > 0, "the server has given the circuit up");
        await page.UnrouteAllAsync();
        await Expect(page.GetByLabel("Search by name or e-mail")).ToHaveValueAsync("");
        await Expect(page.Locator(".shell[inert]")).ToHaveCountAsync(0);
        await Expect(invitation.GetByLabel("Name")).ToHaveValueAsync("Nora Quist");

        await invitation.GetByRole(AriaRole.Button).Last.ClickAsync();
        await Expect(invitation).ToContainTextAsync("This is no e-mail address.");
        await invitation.GetByLabel("E-mail").FillAsync("nora@uppalcrm.test");
        await invitation.GetByRole(AriaRole.Button).Last.ClickAsync();
        await Expect(page.GetByText("For nora@uppalcrm.test, once")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row, new() { NameRegex = new("Nora Quist") })).ToContainTextAsync("Invited");
    }

    /// <summary>
    /// Counts the circuits of this process that ended, as the framework's own meter tells it: what they held is kept by then.
    /// </summary>
    private sealed class EndedCircuits : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _count;

        public EndedCircuits()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "aspnetcore.components.circuit.active")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Note(change));
            _listener.SetMeasurementEventCallback<int>((_, change, _, _) => Note(change));
            _listener.Start();
        }

        public int Count => Volatile.Read(ref _count);

        public void Dispose() => _listener.Dispose();

        private void Note(long change)
        {
            if (change < 0)
            {
                Interlocked.Increment(ref _count);
            }
        }
    }
}
