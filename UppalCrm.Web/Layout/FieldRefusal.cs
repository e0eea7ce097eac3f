using System.Linq.Expressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace UppalCrm.Web.Layout;

/// <summary>Within an <see cref="EditForm"/>: what the server refused of one field, shown where the form's own words are.</summary>
public sealed class FieldRefusal : ComponentBase, IDisposable
{
    private ValidationMessageStore? _words;
    private string? _shown;

    [CascadingParameter] public EditContext Form { get; set; } = default!;

    [Parameter, EditorRequired] public Expression<Func<string>> For { get; set; } = default!;

    /// <summary>Null when nothing was refused.</summary>
    [Parameter] public string? Words { get; set; }

    protected override void OnInitialized()
    {
        _words = new ValidationMessageStore(Form);
        Form.OnValidationRequested += Forget;
    }

    protected override void OnParametersSet()
    {
        if (_shown == Words)
        {
            return;
        }

        _shown = Words;
        _words!.Clear();
        if (Words is not null)
        {
            _words.Add(FieldIdentifier.Create(For), Words);
        }

        Form.NotifyValidationStateChanged();
    }

    /// <summary>The next try is the server's to judge: a form with words in it is not sent.</summary>
    private void Forget(object? sender, ValidationRequestedEventArgs e)
    {
        _words!.Clear();
        _shown = null;
    }

    public void Dispose() => Form.OnValidationRequested -= Forget;
}
