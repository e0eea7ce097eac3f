using System.Diagnostics;
using System.Globalization;

namespace UppalCrm.Tests.Contacts;

/// <summary>Files that nobody wrote.</summary>
public sealed class AnyFileTests : IDisposable
{
    /// <summary>So many mutated files by default; <c>FUZZ=100000</c> reads as many as that.</summary>
    private const int Usual = 1_500;

    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Any bytes at all: a file is refused in words, or every row of it comes out.</summary>
    [Fact]
    public void Any_file_at_all_is_read_or_refused_in_words()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var files = int.Parse(Environment.GetEnvironmentVariable("FUZZ") ?? $"{Usual}", CultureInfo.InvariantCulture);
        var (clock, before) = (Stopwatch.StartNew(), Process.GetCurrentProcess().WorkingSet64);
        var parser = new NumberParser(() => "US");
        string[] seeds =
        [
            "Name,Phone,E-mail,Notes\nAda,202 555 0111,ada@x.example,\"a\n\"\"b\"\"\"\nBen,+44 20 7946 0958,,\n",
            "sep=;\nVorname;Name;Telefon\nJörg;Müller;030 23125101 x12\n\nEnd of report\n",
            "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nTEL;TYPE=CELL:202 555 0111\nNOTE;ENCODING=QUOTED-PRINTABLE:=C3=\n=BC\nEND:VCARD\n",
            "Given Name\tPhone 1 - Type\tPhone 1 - Value\nAda\tMobile\t4,42079E+11 ::: 144\n",
        ];
        string[] pieces =
        [
            "\"", ",", ";", "\t", "\n", "\r\n", "\0", "+", "(0)", "x12", "9", "=\"", "'", "@", "\u202E", "\uFEFF", "e\u0301",
            "BEGIN:VCARD\n", "E+11", ":::", "名前", "911", " or "
        ];
        for (var i = 0; i < files; i++)
        {
            var text = seeds[random.Next(seeds.Length)];
            for (var change = random.Next(12); change > 0; change--)
            {
                var at = random.Next(text.Length + 1);
                text = random.Next(3) switch
                {
                    0 => text[..at] + pieces[random.Next(pieces.Length)] + text[at..],
                    1 => text[..at] + text[Math.Min(text.Length, at + random.Next(6))..],
                    _ => text[..at] + text[random.Next(text.Length + 1)..],
                };
            }

            var bytes = System.Text.Encoding.UTF8.GetBytes(text);
            if (bytes.Length > 0 && random.Next(4) == 0)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                var import = new ContactImport(_files.OpenNext(bytes), parser, new OurLines());
                var rows = import.ReadAll().ToList();
                Assert.Equal(import.Count(), rows.Count);
                Assert.All(rows, row => Assert.True(row.Draft is not null ^ row.Refusal is not null, text));
                Assert.All(
                    rows.Where(row => row.Draft is not null).SelectMany(row => row.Draft!.Numbers),
                    n => Assert.True(parser.IsValid(PhoneNumber.Parse(n.Number)), n.Number));
            }
            catch (ContactFileException ex)
            {
                Assert.NotEmpty(ex.Message);
            }
        }

        Assert.True(clock.Elapsed < TimeSpan.FromMilliseconds(20) * files, $"{files} files took {clock.Elapsed}");
        var grown = (Process.GetCurrentProcess().WorkingSet64 - before) / 1024 / 1024;
        Assert.True(files <= Usual || grown <= 200, $"{files} files took {grown} MB"); // beside other tests memory says nothing
        TestContext.Current.TestOutputHelper?.WriteLine($"{files} files in {clock.Elapsed}, {grown} MB more");
    }
}
