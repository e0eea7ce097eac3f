using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;

namespace UppalCrm.Web.Security;

/// <summary>
/// A form whose token is not this person's: they signed in or out in another tab, or it was open for days. A page says so, with the way
/// back; the framework would answer with a sentence for programmers.
/// </summary>
internal sealed class FormsOutOfDate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) // as the page of words is
            || context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false })
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            return Task.CompletedTask;
        }

        context.Request.Method = HttpMethods.Get; // the page of words is asked for; the form is not sent to it
        context.Features.Get<IStatusCodePagesFeature>()?.Enabled = true;
        return Task.CompletedTask;
    }
}
