using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace UppalCrm.Tests.Support;

/// <summary>
/// A database that answers when the test lets it. SQLite answers before the call that asks it returns; a server behind a network never
/// does, and pages draw themselves meanwhile.
/// </summary>
internal sealed class LateDatabase
{
    private TaskCompletionSource? _held;

    /// <summary>Puts itself before the database of a <see cref="CallCentre"/>.</summary>
    public void Use(IServiceCollection services)
    {
        var real = services.Last(s => s.ServiceType == typeof(IDbContextFactory<CrmDbContext>)).ImplementationType!;
        services.AddSingleton<IDbContextFactory<CrmDbContext>>(
            s => new Contexts(this, (IDbContextFactory<CrmDbContext>)ActivatorUtilities.CreateInstance(s, real)));
    }

    /// <summary>Who asks from now on waits for the result of this.</summary>
    public TaskCompletionSource Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who asks from now on is answered at once; who waits still waits.</summary>
    public void Resume() => _held = null;

    private sealed class Contexts(LateDatabase database, IDbContextFactory<CrmDbContext> real) : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => real.CreateDbContext();

        public async Task<CrmDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            if (database._held is { } held)
            {
                await held.Task.WaitAsync(cancellationToken);
            }

            return await real.CreateDbContextAsync(cancellationToken);
        }
    }
}
