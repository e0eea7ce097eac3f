using System.Text;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class KeptTextTests
{
    [Theory]
    [InlineData("  Ada Byron ", "Ada Byron")]
    [InlineData("Ann\tMarie\nByron", "Ann Marie Byron")]
    [InlineData("Ann\0\u202EByron\uFEFF", "AnnByron")]
    [InlineData("\u200B\u2060 \u3164\u202E", "")] // nothing that anybody could see
    [InlineData("שלום עליכם", "שלום עליכם")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")] // a joiner that Persian is written with
    [InlineData("\uD83D\uDC69\u200D\uD83D\uDCBB Zoë", "\uD83D\uDC69\u200D\uD83D\uDCBB Zoë")] // and that emoji are made with
    public void What_nobody_sees_and_what_turns_text_around_is_not_kept(string typed, string kept) =>
        Assert.Equal(kept, KeptText.OneLine(typed));

    [Fact]
    public void Lines_stay_lines_and_a_half_of_a_pair_goes()
    {
        Assert.Equal("a\r\n\tb\nc ", KeptText.Lines("a\r\n\tb\u2028c\uD800 "));
        Assert.Null(KeptText.LinesOrNull(" \u202E\n"));
    }

    [Fact]
    public void Any_text_at_all_can_be_searched_sorted_and_looked_up()
    {
        Assert.Throws<ArgumentException>(() => "\uFFFE".Normalize()); // what the framework does
        foreach (var text in Hostile.Texts)
        {
            Assert.NotNull(KeptText.Normalized(text, NormalizationForm.FormKC));
            Assert.True(Hostile.IsClean(KeptText.OneLine(text)), text);
            Assert.NotNull(NumberText.Plain(text));
        }
    }
}
