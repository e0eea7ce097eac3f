using Microsoft.AspNetCore.Components;

namespace UppalCrm.Web.Board;

/// <summary>
/// A row that is drawn again only when what it shows is another value: of five hundred rows, those that changed cost a drawing and
/// the others a comparison.
/// </summary>
public abstract class BoardRow<TShown> : ComponentBase
    where TShown : struct
{
    private TShown? _drawn;

    /// <summary>All that the row shows.</summary>
    [Parameter, EditorRequired]
    public TShown Value { get; set; }

    /// <summary>How often this row was drawn; for tests.</summary>
    public int Drawings { get; private set; }

    protected override bool ShouldRender() => _drawn is not { } drawn || !EqualityComparer<TShown>.Default.Equals(drawn, Value);

    protected override void OnAfterRender(bool firstRender)
    {
        _drawn = Value;
        Drawings++;
    }
}
