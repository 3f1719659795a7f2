package dev.cairndb.receiver;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads YAML. What is wrong with it is told without its content, which may have secrets. */
final class YamlText {
    private YamlText() {}

    /**
     * Maps, lists, texts and numbers; null for a text without any.
     *
     * @param name how messages call the text
     */
    static @Nullable Object read(String name, String yaml) throws UsageException {
        try {
            return new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            throw new UsageException(name + " is not YAML: " + e.getProblem() + place);
        } catch (YamlEngineException | IllegalArgumentException e) {
            // The latter for some tags that are none.
            throw new UsageException(name + " is not YAML");
        }
    }
}
