using Microsoft.AspNetCore.Components;

namespace UppalCrm.Web.Board;

/// <summary>
/// A row that is drawn again only when what it shows is another value: of five hundred rows, those that changed cost a drawing and
/// the others a comparison.
/// </summary>
public abstract class BoardRow<TShown> : ComponentBase
    where TShown : struct
{
    private TShown _drawn;

    /// <summary>All that the row shows.</summary>
    [Parameter, EditorRequired]
    public TShown Value { get; set; }

    /// <summary>How often this row was drawn; for tests.</summary>
    public int Drawings { get; private set; }

    protected override void OnInitialized() => _drawn = Value; // the first drawing asks nobody

    /// <remarks>
    /// What is drawn is noted here, and not once the browser has confirmed it: a value that is back by then would never be drawn again.
    /// </remarks>
    protected override bool ShouldRender()
    {
        var before = _drawn;
        _drawn = Value;
        return !EqualityComparer<TShown>.Default.Equals(before, Value);
    }

    protected override void OnAfterRender(bool firstRender) => Drawings++;
}
