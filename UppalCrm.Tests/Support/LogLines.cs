using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Tests.Support;

/// <summary>What is logged as a warning or worse.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Said { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
        {
            Said.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
    }
}
