using System.Diagnostics.CodeAnalysis;

namespace UppalCrm.Core;

/// <summary>Why a person's command was not done.</summary>
/// <param name="Reason">A sentence or two that can be shown to the person: what is the matter, and what to do.</param>
public record Refusal(string Reason)
{
    /// <summary>The part of a form that the words belong to, e.g. <c>"notes"</c>; null when they are about all of it.</summary>
    public string? Part { get; init; }
}

/// <summary>What a person's command came to: done, or refused.</summary>
public readonly record struct Result(Refusal? Refusal)
{
    public static Result Done => default;

    /// <summary>The reason of the refusal; null when the command was done.</summary>
    public string? Reason => Refusal?.Reason;

    public bool IsDone => Refusal is null;

    public static implicit operator Result(Refusal refusal) => new(refusal);
}

/// <summary>What a person's command came to: done, with what it gives, or refused.</summary>
public readonly record struct Result<T>(T? Value, Refusal? Refusal)
{
    /// <inheritdoc cref="Result.Reason"/>
    public string? Reason => Refusal?.Reason;

    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsDone => Refusal is null;

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Refusal refusal) => new(default, refusal);
}
