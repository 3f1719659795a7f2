package dev.cairndb.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Makes a page of a file of results, and plots beside it: {@code benchmarks/render}. */
public final class RenderTool {
    /** Whose figures others are compared with, where there are some. */
    private static final Set<String> ANCHORS = Set.of("gorilla-tsc", "Prometheus");

    private static final String PLOTS = "plots";

    private RenderTool() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("usage: render RESULTS.json PAGE.md");
        }
        Path page = Path.of(args[1]).toAbsolutePath();
        render(Results.read(Path.of(args[0])), page);
        System.out.println(page);
    }

    static void render(Results results, Path page) throws IOException {
        Path plots = Files.createDirectories(page.resolveSibling(PLOTS));
        StringBuilder text = new StringBuilder();
        addHead(results, text);
        Map<String, List<Figure>> groups = new LinkedHashMap<>();
        for (Figure figure : results.figures()) {
            groups.computeIfAbsent(figure.group(), k -> new ArrayList<>()).add(figure);
        }
        for (Map.Entry<String, List<Figure>> group : groups.entrySet()) {
            text.append("\n## ").append(group.getKey()).append("\n\n");
            addTable(group.getValue(), text);
            addPlots(group.getKey(), group.getValue(), plots, text);
        }
        Files.writeString(page, text);
    }

    private static void addHead(Results results, StringBuilder text) {
        Results.Machine machine = results.machine();
        text.append("# Results of the benchmarks\n\n");
        text.append(
                "Written by `benchmarks/render` from what `benchmarks/run` measured; not to be edited. Each figure is the least, the\nmedian and the greatest of several; ratios are those of the best.\n");
        if (results.smoke()) {
            text.append("**A smoke run: the figures mean nothing.**\n");
        }
        text.append("\n| | |\n|---|---|\n");
        addFact(text, "commit", results.commit());
        if (results.commits() != null) {
            results.commits().entrySet().stream()
                    .filter(part -> !part.getValue().equals(results.commit()))
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(part -> addFact(text, "commit of " + part.getKey(), part.getValue()));
        }
        addFact(text, "begun", results.startedAt());
        addFact(
                text,
                "machine",
                machine.processors() + " x " + machine.processor() + ", " + machine.memoryMiB() + " MiB");
        addFact(text, "system", machine.system());
        addFact(text, "JDK", machine.jdk());
        addFact(text, "load average at the start", machine.loadAverage());
        addFact(text, "seed of loads", Long.toString(results.seed()));
        results.peers().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(peer -> addFact(text, peer.getKey(), peer.getValue()));
    }

    private static void addFact(StringBuilder text, String name, String value) {
        text.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    private static void addTable(List<Figure> figures, StringBuilder text) {
        Map<String, Figure> anchors = new LinkedHashMap<>();
        for (Figure figure : figures) {
            if (ANCHORS.contains(figure.subject())) {
                anchors.put(figure.name(), figure);
            }
        }
        String anchor =
                anchors.values().stream().map(Figure::subject).findFirst().orElse("");
        text.append("| what | of | unit | min | median | max |");
        text.append(
                anchor.isEmpty()
                        ? "\n|---|---|---|---|---|---|\n"
                        : " best, of " + anchor + "'s |\n|---|---|---|---|---|---|---|\n");
        for (Figure figure : figures) {
            text.append("| ")
                    .append(figure.name())
                    .append(" | ")
                    .append(figure.subject())
                    .append(" | ");
            text.append(figure.unit())
                    .append(" | ")
                    .append(number(figure.min()))
                    .append(" | ");
            text.append(number(figure.median()))
                    .append(" | ")
                    .append(number(figure.max()))
                    .append(" |");
            if (!anchor.isEmpty()) {
                Figure other = anchors.get(figure.name());
                text.append(other == null ? "" : " " + ratio(figure, other)).append(" |");
            }
            text.append('\n');
        }
    }

    /** Of the best of each: other work on the machine makes figures worse, never better. */
    static String ratio(Figure figure, Figure anchor) {
        return String.format(Locale.ROOT, "%.2fx", figure.best() / anchor.best());
    }

    static String number(double value) {
        return String.format(Locale.ROOT, value >= 1000 ? "%,.0f" : value >= 100 ? "%.0f" : "%.2f", value);
    }

    /** One plot for each unit: bars of different units do not compare. */
    private static void addPlots(String group, List<Figure> figures, Path plots, StringBuilder text)
            throws IOException {
        Map<String, List<Figure>> units = new LinkedHashMap<>();
        for (Figure figure : figures) {
            units.computeIfAbsent(figure.unit(), k -> new ArrayList<>()).add(figure);
        }
        for (Map.Entry<String, List<Figure>> unit : units.entrySet()) {
            String name = (group + "-" + unit.getKey()).replaceAll("[^A-Za-z0-9.]+", "-") + ".svg";
            Files.writeString(plots.resolve(name), BarPlot.of(unit.getKey(), unit.getValue()));
            text.append("\n![").append(group).append(", ").append(unit.getKey()).append("](");
            text.append(PLOTS).append('/').append(name).append(")\n");
        }
    }
}
