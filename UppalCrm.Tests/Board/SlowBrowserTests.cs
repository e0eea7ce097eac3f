using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Web.Board;

namespace UppalCrm.Tests.Board;

/// <summary>What the board draws for a browser that takes its time to confirm a picture.</summary>
public sealed class SlowBrowserTests
{
    [Fact]
    public async Task A_row_that_is_as_it_was_before_the_browser_has_confirmed_the_change_is_drawn_again()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var browser = new SlowBrowser(services);
        var row = new BusyRow();
        browser.Open(row);

        foreach (var isBusy in (bool[])[false, true, false])
        {
            await browser.Dispatcher.InvokeAsync(() =>
                row.SetParametersAsync(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(row.Value)] = isBusy })));
        }

        Assert.Equal([false, true, false], row.Drawn);
    }

    [Fact]
    public async Task A_chip_whose_figure_is_back_before_the_browser_has_confirmed_the_change_shows_it()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var browser = new SlowBrowser(services);
        var chips = new FigureChips();
        browser.Open(chips);

        foreach (var figure in (int[])[5, 6, 5, 5])
        {
            var shown = new Dictionary<string, object?>
            {
                [nameof(chips.Label)] = "Which calls",
                [nameof(chips.Chips)] = new[] { new FigureChips.Chip("Inbound", "", figure, IsPressed: false) },
            };
            await browser.Dispatcher.InvokeAsync(() => chips.SetParametersAsync(ParameterView.FromDictionary(shown)));
        }

        Assert.Equal(3, browser.Pictures);
    }

    private sealed class BusyRow : BoardRow<bool>
    {
        public List<bool> Drawn { get; } = [];

        protected override void BuildRenderTree(RenderTreeBuilder builder) => Drawn.Add(Value);
    }

    /// <summary>Confirms the first picture and no other.</summary>
#pragma warning disable BL0006 // The types of a picture may change with the framework: nothing is read of it.
    private sealed class SlowBrowser(IServiceProvider services) : Renderer(services, NullLoggerFactory.Instance)
    {
        public override Dispatcher Dispatcher { get; } = Dispatcher.CreateDefault();

        public int Pictures { get; private set; }

        public void Open(IComponent component) => AssignRootComponentId(component);

        protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
        {
            Pictures++;
            return Pictures == 1 ? Task.CompletedTask : new TaskCompletionSource().Task;
        }

        protected override void HandleException(Exception exception) => throw exception;
    }
#pragma warning restore BL0006
}
