using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace UppalCrm.Core.Calls;

/// <summary>The same few look-ups over one shape of query.</summary>
internal sealed class CallQueries(Expression<Func<CrmDbContext, IQueryable<Call>>> shape)
{
    /// <summary>By the newest row of a leg: one that went from one call to another has one in each.</summary>
    internal static readonly Expression<Func<CrmDbContext, Call, CallSid, bool>> OfLeg = (db, c, sid) =>
        c.Id == db.Legs.Where(l => l.CallSid == sid).OrderByDescending(l => l.Id).Select(l => l.CallId).FirstOrDefault();

    public Func<CrmDbContext, long, CancellationToken, Task<Call?>> ById { get; } = Compile<long>(shape, (c, id) => c.Id == id);

    public Func<CrmDbContext, string, CancellationToken, Task<Call?>> ByConferenceName { get; } =
        Compile<string>(shape, (c, name) => c.ConferenceName == name);

    public Func<CrmDbContext, string, CancellationToken, Task<Call?>> ByConferenceSid { get; } =
        Compile<string>(shape, (c, sid) => c.ConferenceSid == sid);

    public Func<CrmDbContext, CallSid, CancellationToken, Task<Call?>> ByLeg { get; } = Compile(shape, OfLeg);

    public Func<CrmDbContext, CallSid, CancellationToken, Task<Call?>> ByCustomerLeg { get; } =
        Compile<CallSid>(shape, (c, leg) => c.CustomerLeg == leg);

    public static Func<CrmDbContext, TKey, CancellationToken, Task<Call?>> Compile<TKey>(
        Expression<Func<CrmDbContext, IQueryable<Call>>> shape, Expression<Func<Call, TKey, bool>> which) =>
        Compile(shape, Expression.Lambda<Func<CrmDbContext, Call, TKey, bool>>(
            which.Body, Expression.Parameter(typeof(CrmDbContext)), which.Parameters[0], which.Parameters[1]));

    /// <summary>Puts shape and condition into one expression, because a compiled query cannot call what it is made of.</summary>
    private static Func<CrmDbContext, TKey, CancellationToken, Task<Call?>> Compile<TKey>(
        Expression<Func<CrmDbContext, IQueryable<Call>>> shape, Expression<Func<CrmDbContext, Call, TKey, bool>> which)
    {
        var (db, key) = (which.Parameters[0], which.Parameters[2]);
        var source = ReplacingExpressionVisitor.Replace(shape.Parameters[0], db, shape.Body);
        var condition = Expression.Quote(Expression.Lambda<Func<Call, bool>>(which.Body, which.Parameters[1]));
        var first = Expression.Call(typeof(Queryable), nameof(Queryable.FirstOrDefault), [typeof(Call)], source, condition);
        return EF.CompileAsyncQuery(Expression.Lambda<Func<CrmDbContext, TKey, CancellationToken, Call?>>(
            first, db, key, Expression.Parameter(typeof(CancellationToken), "cancellationToken")));
    }
}
