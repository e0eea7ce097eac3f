using MudBlazor;

namespace UppalCrm.Web.Layout;

/// <summary>
/// Our colours, letters and corners, as MudBlazor's theme. Text on each ground keeps a contrast of 4.5 to 1, lines of inputs 3 to 1.
/// </summary>
internal static class HouseTheme
{
    // No font comes over the network: each system's own is there at the first paint.
    private static readonly string[] Letters =
        [
            "system-ui", "-apple-system", "\"Segoe UI\"", "Roboto", "\"Helvetica Neue\"", "\"Noto Sans\"", "\"Liberation Sans\"", "Arial",
            "sans-serif"
        ];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#2456cf",
            PrimaryContrastText = "#ffffff",
            Secondary = "#566174",
            SecondaryContrastText = "#ffffff",
            Tertiary = "#0f766e",
            TertiaryContrastText = "#ffffff",
            Success = "#0b7347",
            SuccessContrastText = "#ffffff",
            Warning = "#8a5200",
            WarningContrastText = "#ffffff",
            Error = "#bb2430",
            ErrorContrastText = "#ffffff",
            Info = "#11648f",
            InfoContrastText = "#ffffff",
            Dark = "#182030",
            DarkContrastText = "#ffffff",
            Background = "#f5f6f8",
            BackgroundGray = "#eaedf2",
            Surface = "#ffffff",
            TextPrimary = "#182030",
            TextSecondary = "#566174",
            TextDisabled = "#5f6a7c",
            ActionDefault = "#566174",
            ActionDisabled = "#838e9f",
            ActionDisabledBackground = "#eaedf2",
            AppbarBackground = "#ffffff",
            AppbarText = "#182030",
            DrawerBackground = "#ffffff",
            DrawerText = "#182030",
            DrawerIcon = "#566174",
            LinesDefault = "#d8dde6",
            LinesInputs = "#838e9f",
            Divider = "#d8dde6",
            DividerLight = "#eaedf2",
            TableLines = "#d8dde6",
            TableStriped = "#f5f6f8",
            TableHover = "#eef1f5",
            Skeleton = "#e3e7ee",
            BorderOpacity = 0.35,
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#86a9ff",
            PrimaryContrastText = "#0c1530",
            Secondary = "#9ba7ba",
            SecondaryContrastText = "#11141a",
            Tertiary = "#5eead4",
            TertiaryContrastText = "#04201c",
            Success = "#52cc92",
            SuccessContrastText = "#06210f",
            Warning = "#f0b85a",
            WarningContrastText = "#2a1a00",
            Error = "#ff8a8a",
            ErrorContrastText = "#36080b",
            Info = "#74c4f0",
            InfoContrastText = "#04202f",
            Dark = "#e6eaf2",
            DarkContrastText = "#11141a",
            Background = "#11141a",
            BackgroundGray = "#0c0f14",
            Surface = "#191e27",
            TextPrimary = "#e6eaf2",
            TextSecondary = "#9ba7ba",
            TextDisabled = "#8b97aa",
            ActionDefault = "#9ba7ba",
            ActionDisabled = "#667387",
            ActionDisabledBackground = "#232a35",
            AppbarBackground = "#191e27",
            AppbarText = "#e6eaf2",
            DrawerBackground = "#191e27",
            DrawerText = "#e6eaf2",
            DrawerIcon = "#9ba7ba",
            LinesDefault = "#2c3441",
            LinesInputs = "#667387",
            Divider = "#2c3441",
            DividerLight = "#232a35",
            TableLines = "#2c3441",
            TableStriped = "#151a22",
            TableHover = "#1f2530",
            Skeleton = "#262d39",
            BorderOpacity = 0.35,
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Letters, FontSize = "1rem", LineHeight = "1.45", LetterSpacing = "normal" },
            H1 = new H1Typography
            {
                FontFamily = Letters, FontSize = "1.45rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            H2 = new H2Typography
            {
                FontFamily = Letters, FontSize = "1.1rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            H3 = new H3Typography
            {
                FontFamily = Letters, FontSize = "1rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            H4 = new H4Typography
            {
                FontFamily = Letters, FontSize = "0.93rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            H5 = new H5Typography
            {
                FontFamily = Letters, FontSize = "0.93rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            H6 = new H6Typography
            {
                FontFamily = Letters, FontSize = "1.1rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em",
            },
            Subtitle1 = new Subtitle1Typography
            {
                FontFamily = Letters, FontSize = "1rem", FontWeight = "400", LineHeight = "1.45", LetterSpacing = "normal",
            },
            Subtitle2 = new Subtitle2Typography
            {
                FontFamily = Letters, FontSize = "0.87rem", FontWeight = "600", LetterSpacing = "normal",
            },
            Body1 = new Body1Typography { FontFamily = Letters, FontSize = "1rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Letters, FontSize = "0.93rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Button = new ButtonTypography
            {
                FontFamily = Letters, FontSize = "1rem", FontWeight = "550", LineHeight = "1.4", LetterSpacing = "normal",
                TextTransform = "none",
            },
            Caption = new CaptionTypography { FontFamily = Letters, FontSize = "0.82rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Overline = new OverlineTypography
            {
                FontFamily = Letters, FontSize = "0.82rem", LineHeight = "1.45", LetterSpacing = "normal", TextTransform = "none",
            },
        },
    };
}
