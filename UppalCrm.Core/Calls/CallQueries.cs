using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace UppalCrm.Core.Calls;

/// <summary>The same few look-ups over one shape of query.</summary>
internal sealed class CallQueries(Expression<Func<CrmDbContext, IQueryable<Call>>> shape)
{
    public Func<CrmDbContext, long, CancellationToken, Task<Call?>> ById { get; } = Compile<long>(shape, (c, id) => c.Id == id);

    public Func<CrmDbContext, string, CancellationToken, Task<Call?>> ByConferenceName { get; } =
        Compile<string>(shape, (c, name) => c.ConferenceName == name);

    public Func<CrmDbContext, string, CancellationToken, Task<Call?>> ByConferenceSid { get; } =
        Compile<string>(shape, (c, sid) => c.ConferenceSid == sid);

    public Func<CrmDbContext, CallSid, CancellationToken, Task<Call?>> ByCustomerLeg { get; } =
        Compile<CallSid>(shape, (c, leg) => c.CustomerLeg == leg);

    /// <summary>Puts shape and condition into one expression, because a compiled query cannot call what it is made of.</summary>
    public static Func<CrmDbContext, TKey, CancellationToken, Task<Call?>> Compile<TKey>(
        Expression<Func<CrmDbContext, IQueryable<Call>>> shape, Expression<Func<Call, TKey, bool>> which)
    {
        var (db, key) = (Expression.Parameter(typeof(CrmDbContext), "db"), Expression.Parameter(typeof(TKey), "key"));
        var source = ReplacingExpressionVisitor.Replace(shape.Parameters[0], db, shape.Body);
        var body = ReplacingExpressionVisitor.Replace(which.Parameters[1], key, which.Body);
        var condition = Expression.Quote(Expression.Lambda<Func<Call, bool>>(body, which.Parameters[0]));
        var first = Expression.Call(typeof(Queryable), nameof(Queryable.FirstOrDefault), [typeof(Call)], source, condition);
        return EF.CompileAsyncQuery(Expression.Lambda<Func<CrmDbContext, TKey, CancellationToken, Call?>>(
            first, db, key, Expression.Parameter(typeof(CancellationToken), "cancellationToken")));
    }
}
