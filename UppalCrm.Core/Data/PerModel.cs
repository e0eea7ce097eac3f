using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;

namespace UppalCrm.Core.Data;

/// <summary>
/// What is compiled once for each kind of database that a process knows: a compiled query belongs to the model of the first context that
/// asked it.
/// </summary>
internal sealed class PerModel<T>(Func<T> compile)
    where T : class
{
    private readonly ConditionalWeakTable<IModel, T> _compiled = [];

    public T For(CrmDbContext db) => _compiled.GetValue(db.Model, _ => compile());
}
