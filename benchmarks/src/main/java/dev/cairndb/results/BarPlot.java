package dev.cairndb.results;

import java.util.List;
import java.util.Locale;

/** A bar for each figure's median, with a line from its least value to its greatest, as SVG. */
final class BarPlot {
    private static final int ROW = 18;
    private static final int TEXT_WIDTH = 380;
    private static final int BAR_WIDTH = 420;
    private static final int NUMBER_WIDTH = 80;
    private static final int MARGIN = 8;

    private BarPlot() {}

    static String of(String unit, List<Figure> figures) {
        double greatest = figures.stream().mapToDouble(Figure::max).max().orElseThrow();
        double scale = greatest > 0 ? BAR_WIDTH / greatest : 0;
        int width = TEXT_WIDTH + BAR_WIDTH + NUMBER_WIDTH;
        int height = ROW * (figures.size() + 1) + 2 * MARGIN;
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">%n",
                width,
                height);
        add(svg, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n", width, height);
        add(svg, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>%n", TEXT_WIDTH, ROW, escaped(unit));
        for (int i = 0; i < figures.size(); i++) {
            addBar(svg, figures.get(i), ROW * (i + 1) + MARGIN, scale);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void addBar(StringBuilder svg, Figure figure, int top, double scale) {
        int middle = top + ROW / 2;
        String label = figure.name() + ", " + figure.subject();
        add(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
                TEXT_WIDTH - MARGIN,
                middle + 4,
                escaped(label));
        add(
                svg,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                TEXT_WIDTH,
                top + 2,
                figure.median() * scale,
                ROW - 4,
                colour(figure.subject()));
        add(
                svg,
                "<path d=\"M%.1f %dH%.1f\" stroke=\"black\"/>%n",
                TEXT_WIDTH + figure.min() * scale,
                middle,
                TEXT_WIDTH + figure.max() * scale);
        add(
                svg,
                "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                TEXT_WIDTH + figure.max() * scale + MARGIN / 2,
                middle + 4,
                RenderTool.number(figure.median()));
    }

    private static String colour(String subject) {
        return switch (subject) {
            case "CairnDB", "xor", "xor2" -> "#4a7ebb";
            default -> "#b0b0b0";
        };
    }

    private static void add(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
