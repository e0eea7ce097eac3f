using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Core.Dialling;

/// <summary>Whom agents may dial. Section <c>Dialling</c> of the configuration.</summary>
public sealed class DialOptions : IValidatableObject
{
    public const string Section = "Dialling";

    /// <summary>Calling codes that may be dialled, e.g. <c>1</c>, <c>44</c>. Empty: the home country's only.</summary>
    public IList<string> AllowedCountryCodes { get; set; } = [];

    /// <summary>
    /// E.164 beginnings that are refused, e.g. <c>+1212555</c>. What costs more than a call (<see cref="DialPolicy"/>) is refused from the
    /// start.
    /// </summary>
    public IList<string> BlockedPrefixes { get; set; } = [];

    /// <summary>E.164 beginnings that may be dialled although they cost more than a call, e.g. <c>+1876</c>, <c>+44845</c>.</summary>
    public IList<string> AllowedPrefixes { get; set; } = [];

    /// <summary>ISO 3166 country whose national numbers agents may type, e.g. <c>US</c>.</summary>
    [RegularExpression("^[A-Z]{2}$", ErrorMessage = "Dialling:HomeCountry must be two capital letters, e.g. US.")]
    public string HomeCountry { get; set; } = "US";

    [Range(1, 1000, ErrorMessage = "Dialling:CallsPerAgentPerMinute must lie between 1 and 1000.")]
    public int CallsPerAgentPerMinute { get; set; } = 12;

    [Range(1, 100000, ErrorMessage = "Dialling:CallsPerAccountPerMinute must lie between 1 and 100000.")]
    public int CallsPerAccountPerMinute { get; set; } = 60;

    [Range(1, 100000, ErrorMessage = "Dialling:CallsPerAgentPerHour must lie between 1 and 100000.")]
    public int CallsPerAgentPerHour { get; set; } = 120;

    [Range(1, 100000, ErrorMessage = "Dialling:CallsPerAgentPerDay must lie between 1 and 100000.")]
    public int CallsPerAgentPerDay { get; set; } = 600;

    [Range(1, 1000000, ErrorMessage = "Dialling:CallsPerAccountPerHour must lie between 1 and 1000000.")]
    public int CallsPerAccountPerHour { get; set; } = 1500;

    [Range(1, 1000000, ErrorMessage = "Dialling:CallsPerAccountPerDay must lie between 1 and 1000000.")]
    public int CallsPerAccountPerDay { get; set; } = 10_000;

    /// <summary>Outgoing calls of everybody that may be open at the same time.</summary>
    [Range(1, 100000, ErrorMessage = "Dialling:LiveCalls must lie between 1 and 100000.")]
    public int LiveCalls { get; set; } = 200;

    /// <summary>The carrier ends the customer's leg after this, whatever happens to us.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00", ErrorMessage = "Dialling:LongestCall must lie between 1 minute and 1 day.")]
    public TimeSpan LongestCall { get; set; } = TimeSpan.FromHours(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // A shorter one would open a whole country's expensive numbers at once.
        foreach (var prefix in AllowedPrefixes.Where(prefix => prefix is not ['+', >= '1' and <= '9', _, _, ..]
            || !prefix.Skip(1).All(char.IsAsciiDigit)))
        {
            yield return new ValidationResult(
                $"Dialling:AllowedPrefixes contains '{prefix}': each must be a plus and at least three digits, e.g. +1876.");
        }
    }
}
