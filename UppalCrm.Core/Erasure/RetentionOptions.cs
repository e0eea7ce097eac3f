using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Core.Erasure;

/// <summary>How long what we know of customers is kept. Section <c>Retention</c> of the configuration. Zero: for ever.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>After so many days a call loses number, name, notes and recording; that it was stays, for the reports.</summary>
    [Range(0, 36500, ErrorMessage = "Retention:CallDays must lie between 0 (for ever) and 36500.")]
    public int CallDays { get; set; }

    /// <summary>After so many days a recording is deleted at the carrier.</summary>
    [Range(0, 36500, ErrorMessage = "Retention:RecordingDays must lie between 0 (for ever) and 36500.")]
    public int RecordingDays { get; set; }
}
