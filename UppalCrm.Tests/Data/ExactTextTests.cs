using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Conventions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Data;

/// <summary>
/// Keys and numbers have a collation of their own on SQL Server, which refuses to compare them with text of the database's.
/// </summary>
public sealed class ExactTextTests
{
    [Fact]
    public async Task A_list_of_keys_goes_to_SQL_Server_with_the_collation_of_the_keys()
    {
        await using var db = new SqlServerDesignTimeFactory().CreateDbContext([]);
        var (keys, exact) = (new List<string> { "ENGINES" }, db.ExactCollation);

        var asked = db.Companies.Where(c => EF.Parameter(keys).Select(key => EF.Functions.Collate(key, exact)).Contains(c.SortName))
            .ToQueryString();

        Assert.Contains("[value] COLLATE Latin1_General_100_BIN2", asked, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_compared_with_keys_or_numbers_is_given_their_collation()
    {
        var bare = Repository.Sources("UppalCrm.Core")
            .SelectMany(file => Regex
                .Matches(File.ReadAllText(file), @"EF\.Parameter\(\w+\)\.Contains\(\w+\.(\w*Number|SortName)\)")
                .Select(match => $"{Path.GetFileName(file)}: {match.Value}"));

        Assert.Empty(bare);
    }
}
