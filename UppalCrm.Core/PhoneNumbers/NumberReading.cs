namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Why a text is no telephone number that can be called and kept.</summary>
public enum NumberProblem
{
    None,

    /// <summary>Nothing was typed.</summary>
    Empty,

    /// <summary>No digits, too many letters, or several numbers at once.</summary>
    NotANumber,

    /// <summary>An emergency number of some country, e.g. <c>911</c>, <c>112</c>.</summary>
    Emergency,

    /// <summary>A number of a country's or a network's services, e.g. <c>411</c>, <c>*67</c>.</summary>
    Service,

    /// <summary>Stands for a number that was withheld, e.g. <c>anonymous</c>, <c>+266696687</c>.</summary>
    Withheld,

    /// <summary>No number at home begins like this, and there is no country code.</summary>
    NotAtHome,

    /// <summary>A number without its area code.</summary>
    AreaCodeMissing,

    TooShort,
    TooLong,

    /// <summary>No country has this code.</summary>
    NoCountry,

    /// <summary>The country has given out no such number.</summary>
    NotGivenOut,

    /// <summary>A spreadsheet has rounded it, e.g. <c>4,42079E+11</c>.</summary>
    Rounded,
}

/// <summary>What a number is for, as its country's plan has it.</summary>
public enum NumberType
{
    Unknown,
    FixedLine,
    Mobile,
    FixedLineOrMobile,
    TollFree,
    Premium,
    SharedCost,
    Personal,
    Voip,
    Pager,

    /// <summary>One number for a whole company.</summary>
    Company,

    Voicemail,
}

/// <summary>A number as somebody wrote it, understood.</summary>
/// <param name="Number">The number in E.164, without its extension; null when the text is none that can be called.</param>
/// <param name="Extension">Digits to send once the call is answered; null for none.</param>
/// <param name="Words">What is wrong, as a sentence for the person who wrote it; null when nothing is.</param>
public sealed record NumberReading(PhoneNumber? Number, string? Extension, NumberProblem Problem, string? Words)
{
    /// <summary>
    /// What the text would be if the country had given it out: what is refused by its beginning is refused for that, not for its length.
    /// </summary>
    internal PhoneNumber? Possible { get; init; }
}
