package dev.cairndb.index;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A part of a branch of a regex, as far as it is understood: texts one of which stands here, a wildcard, or neither.
 */
final class RegexPiece {
    private static final int ALTERNATIVES_MAX = 256;
    private static final int JOINED_CHARS_MAX = 256 * 1024;

    static final int LITERAL = 0;
    static final int DOT = 1;
    static final int ANY = 2;
    static final int SOME = 3;
    static final int OPAQUE = 4;
    static final int GROUP = 5;

    final int kind;
    final @Nullable List<String> alternatives;
    final List<RegexPiece> inside;
    long size = 1;
    long repeat = 1;

    private RegexPiece(int kind, @Nullable List<String> alternatives, List<RegexPiece> inside) {
        this.kind = kind;
        this.alternatives = alternatives;
        this.inside = inside;
    }

    static RegexPiece literal(String text) {
        return new RegexPiece(LITERAL, List.of(text), List.of());
    }

    static RegexPiece alternatives(List<String> alternatives) {
        return new RegexPiece(LITERAL, alternatives, List.of());
    }

    static RegexPiece dot() {
        return new RegexPiece(DOT, null, List.of());
    }

    static RegexPiece opaque() {
        return new RegexPiece(OPAQUE, null, List.of());
    }

    static RegexPiece group(List<RegexPiece> inside) {
        if (inside.isEmpty()) {
            return literal("");
        }
        return inside.size() == 1 && inside.get(0).alternatives != null
                ? alternatives(inside.get(0).alternatives)
                : new RegexPiece(GROUP, null, inside);
    }

    RegexPiece repeated(char quantifier) {
        if (kind == DOT && quantifier != '?') {
            return new RegexPiece(quantifier == '*' ? ANY : SOME, null, List.of());
        }
        if (alternatives != null && quantifier == '?') {
            List<String> optional = new ArrayList<>(alternatives);
            optional.add("");
            return alternatives(optional.stream().distinct().toList());
        }
        return opaque();
    }

    /** Adds a piece, joined with the one before where both are literal. */
    static void append(List<RegexPiece> pieces, RegexPiece piece) {
        if (piece.kind == GROUP) {
            piece.inside.forEach(inner -> append(pieces, inner));
            return;
        }
        RegexPiece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        if (last != null && last.alternatives != null && piece.alternatives != null) {
            if (canJoin(last.alternatives, piece.alternatives)) {
                pieces.set(pieces.size() - 1, alternatives(join(last.alternatives, piece.alternatives)));
                return;
            }
        }
        pieces.add(piece);
    }

    private static List<String> join(List<String> heads, List<String> tails) {
        if (heads.size() == 1 && tails.size() == 1) {
            return List.of(heads.get(0) + tails.get(0));
        }
        Set<String> joined = new LinkedHashSet<>();
        for (String head : heads) {
            for (String tail : tails) {
                joined.add(head + tail);
            }
        }
        return List.copyOf(joined);
    }

    private static boolean canJoin(List<String> heads, List<String> tails) {
        if (heads.size() == 1 && tails.size() == 1) {
            return true;
        }
        long chars = (long) chars(heads) * tails.size() + (long) chars(tails) * heads.size();
        boolean few = (long) heads.size() * tails.size() <= ALTERNATIVES_MAX;
        return chars <= JOINED_CHARS_MAX && (few || heads.size() == 1 || tails.size() == 1);
    }

    private static int chars(List<String> texts) {
        return texts.stream().mapToInt(String::length).sum();
    }
}
