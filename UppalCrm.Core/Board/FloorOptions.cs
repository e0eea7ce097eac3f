using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Core.Board;

/// <summary>How the floor is measured. Section <c>Floor</c> of the configuration.</summary>
public sealed class FloorOptions : IValidatableObject
{
    public const string Section = "Floor";

    /// <summary>
    /// IANA or Windows name of the floor's time zone, e.g. <c>America/New_York</c>: "today" begins at its midnight. Empty: the server's.
    /// </summary>
    public string TimeZone { get; set; } = "";

    /// <summary>A call answered within this time counts for the service level.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Floor:AnswerWithin must lie between 1 second and 10 minutes.")]
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A call that has been talked for so long is marked on the board.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "12:00:00", ErrorMessage = "Floor:LongCall must lie between 10 seconds and 12 hours.")]
    public TimeSpan LongCall { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>A call that has been talked for so long is marked more strongly.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "12:00:00", ErrorMessage = "Floor:VeryLongCall must lie between 10 seconds and 12 hours.")]
    public TimeSpan VeryLongCall { get; set; } = TimeSpan.FromMinutes(5);

    public TimeZoneInfo Zone => TimeZone.Length == 0 ? TimeZoneInfo.Local : TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>The floor's calendar day at this moment.</summary>
    public DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime);

    /// <summary>When a calendar day of the floor begins. Where midnight is skipped by summer time, the first moment after it.</summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var zone = Zone;
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        // Where midnight comes twice, the day begins at the first: the one with the larger offset.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeZone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return new ValidationResult(
                $"Floor:TimeZone is '{TimeZone}', which is no time zone: use a name such as America/New_York, or leave it empty.");
        }

        if (VeryLongCall < LongCall)
        {
            yield return new ValidationResult("Floor:VeryLongCall must not be shorter than Floor:LongCall.");
        }
    }
}

/// <summary>How supervisors step in. Section <c>Supervision</c> of the configuration.</summary>
public sealed class SupervisionOptions
{
    public const string Section = "Supervision";

    /// <summary>True keeps from agents who listens to them. A supervisor who whispers or barges in is heard and named.</summary>
    public bool Private { get; set; }
}
