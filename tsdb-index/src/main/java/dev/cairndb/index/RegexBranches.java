package dev.cairndb.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An alternation of a regex: its branches, what they cost the engine, and what can be said of their matches without it.
 */
final class RegexBranches {
    final List<List<RegexPiece>> branches = new ArrayList<>();
    long size;
    long repeat = 1;

    /** Turns {@code a|b|c} into one branch with one piece of alternatives. */
    void mergeLiterals() {
        if (branches.size() == 1) {
            return;
        }
        List<String> all = new ArrayList<>();
        for (List<RegexPiece> branch : branches) {
            List<String> alternatives = branch.isEmpty() ? List.of("") : branch.get(0).alternatives;
            if (branch.size() > 1 || alternatives == null) {
                return;
            }
            all.addAll(alternatives);
        }
        List<RegexPiece> merged = new ArrayList<>();
        merged.add(RegexPiece.alternatives(all.stream().distinct().toList()));
        branches.clear();
        branches.add(merged);
    }

    /** Together equal to the branches, or null if the engine is needed. */
    @Nullable
    List<Glob> globs() {
        List<Glob> globs = new ArrayList<>();
        for (List<RegexPiece> branch : branches) {
            Glob glob = glob(branch);
            if (glob == null) {
                return null;
            }
            globs.add(glob);
        }
        return globs;
    }

    private static @Nullable Glob glob(List<RegexPiece> branch) {
        List<List<byte[]>> literals = new ArrayList<>();
        int[] gaps = new int[branch.size()];
        int gapCount = 0;
        boolean lastWasGap = true;
        for (RegexPiece piece : branch) {
            if (piece.alternatives != null) {
                if (!lastWasGap) {
                    return null; // two lists too large to multiply
                }
                literals.add(piece.alternatives.stream().map(Utf8::encode).toList());
                lastWasGap = false;
            } else if (piece.kind == RegexPiece.ANY || piece.kind == RegexPiece.SOME) {
                if (lastWasGap) {
                    if (gapCount > 0) {
                        if (piece.kind == RegexPiece.SOME && gaps[gapCount - 1] > 0) {
                            return null; // two characters at least: bytes cannot count them
                        }
                        gaps[gapCount - 1] |= piece.kind == RegexPiece.SOME ? 1 : 0;
                        continue;
                    }
                    literals.add(List.of(new byte[0]));
                }
                gaps[gapCount++] = piece.kind == RegexPiece.SOME ? 1 : 0;
                lastWasGap = true;
            } else {
                return null;
            }
        }
        if (lastWasGap) {
            literals.add(List.of(new byte[0]));
        }
        return new Glob(literals, Arrays.copyOf(gaps, gapCount));
    }

    /** What every match begins with; may be empty. */
    byte[] commonPrefix() {
        List<String> heads = branches.size() == 1 && !branches.get(0).isEmpty()
                ? branches.get(0).get(0).alternatives
                : null;
        if (heads == null) {
            return new byte[0];
        }
        byte[] prefix = Utf8.encode(heads.get(0));
        for (String head : heads) {
            byte[] other = Utf8.encode(head);
            int different = Arrays.mismatch(prefix, other);
            prefix = different < 0 ? prefix : Arrays.copyOf(prefix, different);
        }
        return prefix;
    }
}
