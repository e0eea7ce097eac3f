using System.Reflection;
using System.Text.RegularExpressions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Conventions;

/// <summary>Every form, found in the pages themselves, is given bad input by some test, and takes no more than it keeps.</summary>
public sealed class FormTests
{
    /// <summary>What a person fills in, of HTML and of MudBlazor.</summary>
    private const string Fields =
        "form|EditForm|MudForm|input|textarea|select|Field|InputText|InputFile|MudTextField|MudNumericField|MudSelect|MudAutocomplete|"
        + "MudDatePicker|MudDateRangePicker|MudTimePicker|MudCheckBox|MudSwitch|MudRadioGroup|MudFileUpload";

    /// <summary>Parts of every form, and what sends nothing to the server.</summary>
    private static readonly string[] NoForms =
    [
        "Field", // of which forms are made
        "RecordingPlayer", // place and speed, in the browser alone
    ];

    private static readonly IReadOnlyList<(string Name, string Text)> Components =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "UppalCrm.Web"), "*.razor", SearchOption.AllDirectories)
            .Where(file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal))
            .Select(file => (Path.GetFileNameWithoutExtension(file), MarkupOf(File.ReadAllText(file)))),
    ];

    [Fact]
    public void Every_form_is_given_bad_input_by_a_test()
    {
        var forms = Components.Where(c => Regex.IsMatch(c.Text, $@"<({Fields})\b") && !NoForms.Contains(c.Name, StringComparer.Ordinal))
            .Select(c => c.Name).ToList();
        var tried = typeof(FormTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>(inherit: true).Any())
            .SelectMany(method => method.GetCustomAttributes<BadInputOfAttribute>()).Select(a => a.Component)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Empty(forms.Except(tried));
        Assert.Empty(tried.Except(forms)); // a test of a form that is gone
        Assert.True(forms.Count >= 30, $"{forms.Count} forms were found");
    }

    [Fact]
    public void A_field_of_text_says_how_much_it_takes()
    {
        var endless = Components.Where(c => c.Name != "Field").SelectMany(c =>
            Regex.Matches(
                c.Text, """<(?:input|textarea|Field|InputText|MudTextField)\b(?:=>|"[^"]*"|'[^']*'|[^>])*>""", RegexOptions.Singleline)
                .Select(m => m.Value)
                .Where(tag => !Regex.IsMatch(
                    tag, """max[lL]ength|MaxLength|readonly|type="(hidden|radio|checkbox|range)"|Type="@\(field\.Kind"""))
                .Select(tag => $"{c.Name}: {tag[..Math.Min(tag.Length, 60)]}"));

        Assert.Empty(endless);
    }

    /// <summary>Without comments and code, in which a type may be called as an element is.</summary>
    private static string MarkupOf(string razor)
    {
        var markup = Regex.Replace(razor, @"@\*.*?\*@", "", RegexOptions.Singleline);
        var code = markup.IndexOf("\n@code", StringComparison.Ordinal);
        // Fragments of markup within the code are markup as well.
        return code < 0 ? markup
            : markup[..code] + string.Concat(Regex.Matches(markup[code..], @"@<div.*?</div>;", RegexOptions.Singleline));
    }
}
