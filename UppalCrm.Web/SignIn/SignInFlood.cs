using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Authorization;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// Failures at the doors that anybody may knock at, by address and minute. Only failures count: an office behind one address signs in
/// as fast as it likes. A try is counted as a failure until it is none, so that a thousand at once are not looked at.
/// </summary>
public sealed class SignInFlood(TimeProvider time)
{
    /// <summary>In one minute from one address.</summary>
    public const int MostFailures = 100;

    private const int SubscriberOfIPv6 = 8; // bytes: who has one of its addresses has them all

    private readonly ConcurrentDictionary<(string Source, long Minute), Tries> _tries = new();
    private long _minute;

    /// <summary>Waits while so many of this address are being looked at that all could fail which may.</summary>
    /// <returns>To be told what became of it; null when too many have failed.</returns>
    internal async Task<Tries?> EnterAsync(string source, CancellationToken cancellationToken)
    {
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (Interlocked.Exchange(ref _minute, minute) != minute)
        {
            foreach (var old in _tries.Keys.Where(key => key.Minute < minute))
            {
                _tries.TryRemove(old, out _);
            }
        }

        var tries = _tries.GetOrAdd((source, minute), _ => new Tries());
        return await tries.EnterAsync(cancellationToken) ? tries : null;
    }

    /// <summary>Whose failures count together.</summary>
    internal static string SourceOf(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(address.GetAddressBytes()[..SubscriberOfIPv6]),
        _ => address.ToString(),
    };

    /// <summary>The tries of one source in one minute.</summary>
    internal sealed class Tries
    {
        private readonly Lock _counting = new();
        private TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _entered; // and are looked at, or have failed
        private int _failed;

        public async Task<bool> EnterAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                Task oneHasLeft;
                lock (_counting)
                {
                    if (_failed >= MostFailures)
                    {
                        return false;
                    }

                    if (_entered < MostFailures)
                    {
                        _entered++;
                        return true;
                    }

                    oneHasLeft = _left.Task;
                }

                await oneHasLeft.WaitAsync(cancellationToken);
            }
        }

        public void Leave(bool failed)
        {
            TaskCompletionSource left;
            lock (_counting)
            {
                (_failed, _entered) = failed ? (_failed + 1, _entered) : (_failed, _entered - 1);
                (left, _left) = (_left, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            left.SetResult();
        }
    }
}

/// <summary>Stands before the forms of strangers: nothing is read from an address that failed too often.</summary>
internal sealed class SignInFloodGuard(RequestDelegate next, SignInFlood flood, AuditLog audit, RefusalLog log)
{
    private static readonly string[] Doors = ["/login", "/setup", "/invitation", "/password"];
    private static readonly TimeSpan OneFlood = TimeSpan.FromMinutes(10);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !Doors.Any(door => context.Request.Path.StartsWithSegments(door)))
        {
            await next(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress;
        if (await flood.EnterAsync(SignInFlood.SourceOf(address), context.RequestAborted) is not { } tries)
        {
            log.Note("too many failures", $"more than {SignInFlood.MostFailures} failed sign-ins in a minute from {address}.");
            await audit.WriteOnceAsync(AuditAction.SignInLimited, null, null, $"from {address}", OneFlood, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "60";
            await context.Response.WriteAsync("Too many tries from here. Wait a minute and try again.", context.RequestAborted);
            return;
        }

        var failed = true;
        try
        {
            await next(context);
            failed = context.Response.StatusCode is not (StatusCodes.Status200OK or StatusCodes.Status302Found);
        }
        finally
        {
            tries.Leave(failed);
        }
    }
}

/// <summary>Whose role demands a second factor sets one up before anything else.</summary>
internal sealed class MissingSecondFactorGuard(RequestDelegate next)
{
    public const string Page = "/second-factor";

    // Before sign-in, or the words for what went wrong.
    private static readonly string[] Open = [Page, SecondLook.Page, "/logout", "/login", "/health", "/error", "/not-found", "/_framework"];

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (context.User.FindAgentId() is null || context.Items[typeof(SignInSession)] is not SignInSession { MustSetUpSecondFactor: true }
            || Open.Any(open => path.StartsWithSegments(open)) || IsPartOfAnyPage(context))
        {
            return next(context);
        }

        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal) || path == "/")
        {
            context.Response.Redirect(Page);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }

        return Task.CompletedTask;
    }

    /// <summary>Scripts, styles and pictures, which strangers may load too.</summary>
    private static bool IsPartOfAnyPage(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
}
