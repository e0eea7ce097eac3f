using System.IO.Compression;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Utilities;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Layout;

namespace UppalCrm.Tests.Layout;

public sealed class ThemeTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    public static TheoryData<bool> Sides => [false, true];

    [Theory]
    [MemberData(nameof(Sides))]
    public void Text_stands_out_from_its_ground_by_4_5_to_1_and_the_lines_of_inputs_by_3_to_1(bool isDark)
    {
        Palette palette = isDark ? HouseTheme.Theme.PaletteDark : HouseTheme.Theme.PaletteLight;
        (string Name, MudColor Ink, MudColor Ground, double Least)[] pairs =
        [
            .. new[] { palette.Background, palette.BackgroundGray, palette.Surface }.SelectMany(ground => new[]
            {
                ("text", palette.TextPrimary, ground, 4.5), ("muted text", palette.TextSecondary, ground, 4.5),
                ("primary", palette.Primary, ground, 4.5),
                ("success", palette.Success, ground, 4.5), ("warning", palette.Warning, ground, 4.5),
                ("error", palette.Error, ground, 4.5), ("info", palette.Info, ground, 4.5),
            }),
            ("on primary", palette.PrimaryContrastText, palette.Primary, 4.5),
            ("on success", palette.SuccessContrastText, palette.Success, 4.5),
            ("on warning", palette.WarningContrastText, palette.Warning, 4.5),
            ("on error", palette.ErrorContrastText, palette.Error, 4.5),
            ("on info", palette.InfoContrastText, palette.Info, 4.5),
            ("lines of inputs", palette.LinesInputs, palette.Surface, 3),
        ];

        Assert.All(
            pairs,
            pair => Assert.True(
                Contrast(pair.Ink, pair.Ground) >= pair.Least, $"{pair.Name} on {pair.Ground}: {Contrast(pair.Ink, pair.Ground):f2}"));
    }

    [Fact]
    public void A_rule_of_the_library_for_the_root_is_one_of_a_theme_after_it_is_read()
    {
        var rules = ThemeStyleSheet.ToRules(
            "<p>No rule.</p><style type=\"text/css\">:root{--a: 1}</style><style>.b{c: d}</style>", ":root[data-theme=\"dark\"]");

        Assert.Equal(":root[data-theme=\"dark\"]{--a: 1}.b{c: d}", rules);
    }

    [Fact]
    public async Task The_theme_is_one_file_with_both_sides_that_a_browser_keeps_and_every_page_names()
    {
        using var browser = shared.House.OpenBrowser();
        var page = await browser.GetStringAsync("/login", TestContext.Current.CancellationToken);
        var address = page[page.IndexOf("/theme.", StringComparison.Ordinal)..].Split('"')[0];

        using var answer = await browser.GetAsync(address, TestContext.Current.CancellationToken);
        var css = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/css", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Contains("--mud-palette-primary: rgba(36,86,207,1)", css, StringComparison.Ordinal);
        Assert.Contains(":root[data-theme=\"dark\"]", css, StringComparison.Ordinal);
        Assert.Contains("--mud-palette-primary: rgba(134,169,255,1)", css, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_theme_is_sent_small_to_a_browser_that_can_read_it_so()
    {
        using var browser = shared.House.OpenBrowser();
        var plain = await browser.GetByteArrayAsync("/theme.any.css", TestContext.Current.CancellationToken);

        browser.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip, br");
        using var answer = await browser.GetAsync("/theme.any.css", TestContext.Current.CancellationToken);
        var small = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        using var read = new MemoryStream();
        await using (var brotli = new BrotliStream(new MemoryStream(small), CompressionMode.Decompress))
        {
            await brotli.CopyToAsync(read, TestContext.Current.CancellationToken);
        }

        Assert.Equal("br", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.True(small.Length < plain.Length / 5);
        Assert.Equal(plain, read.ToArray());
        // another content may come to live under a name that is not its own
        Assert.DoesNotContain("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MudBlazor.min.css")]
    [InlineData("MudBlazor.min.js")]
    public async Task The_librarys_files_are_sent_compressed_and_a_browser_keeps_them(string name)
    {
        using var browser = shared.House.OpenBrowser();
        browser.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        using var answer = await browser.GetAsync(LibraryFiles.AddressOf(name), TestContext.Current.CancellationToken);
        using var unnamed = await browser.GetAsync("/_content/MudBlazor/" + name, TestContext.Current.CancellationToken);

        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        // another version may come to live under it
        Assert.DoesNotContain("immutable", unnamed.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_parts_of_our_script_are_named_by_their_content_and_a_browser_keeps_them()
    {
        var parts = shared.House.Services.GetRequiredService<IWebHostEnvironment>().WebRootFileProvider.GetDirectoryContents("js")
            .Select(file => file.Name).Where(name => name.EndsWith(".js", StringComparison.Ordinal)).ToList();
        var named = parts.Where(name => name.Contains('-', StringComparison.Ordinal) && name.Any(char.IsAsciiLetterUpper)).ToList();
        Assert.NotEmpty(named);
        using var browser = shared.House.OpenBrowser();

        foreach (var name in parts)
        {
            using var answer = await browser.GetAsync($"/js/{name}", TestContext.Current.CancellationToken);
            Assert.Equal(
                named.Contains(name), answer.Headers.CacheControl?.ToString().Contains("immutable", StringComparison.Ordinal) == true);
        }
    }

    /// <summary>As WCAG 2.2 reckons it.</summary>
    private static double Contrast(MudColor one, MudColor other)
    {
        var (light, dark) = (Math.Max(Luminance(one), Luminance(other)), Math.Min(Luminance(one), Luminance(other)));
        return (light + 0.05) / (dark + 0.05);

        static double Luminance(MudColor colour) =>
            (0.2126 * Linear(colour.R)) + (0.7152 * Linear(colour.G)) + (0.0722 * Linear(colour.B));

        static double Linear(byte part) =>
            part / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }
}
