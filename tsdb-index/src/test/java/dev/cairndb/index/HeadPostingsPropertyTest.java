package dev.cairndb.index;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The head's index against naive maps: series come, go in four steps, and their slots come back. */
class HeadPostingsPropertyTest {
    @Property(tries = 40)
    void everySnapshotIsTheModelOfItsMoment(@ForAll Random random) throws Exception {
        HeadPostingsModel model = new HeadPostingsModel(random, 1 + random.nextInt(40));
        int steps = random.nextInt(150);
        for (int i = 0; i < steps; i++) {
            step(model, random);
        }
        model.finish();
    }

    @Property(tries = 20)
    void anIndexFilledWithTheListsOfAnotherGoesOnAsThatWould(@ForAll Random random) throws Exception {
        HeadPostingsModel model = new HeadPostingsModel(random, 1 + random.nextInt(40));
        for (int round = 0; round < 4; round++) {
            int steps = random.nextInt(50);
            for (int i = 0; i < steps; i++) {
                step(model, random);
            }
            model.restore();
        }
        for (int i = 0; i < 20; i++) {
            step(model, random);
        }
        model.finish();
    }

    private static void step(HeadPostingsModel model, Random random) throws Exception {
        switch (random.nextInt(20)) {
            case 0 -> model.takeSnapshot();
            case 1 -> model.checkSnapshots();
            case 2 -> model.hideSome(1 + random.nextInt(4));
            case 3, 4, 5 -> model.purge(1 + random.nextInt(30));
            case 6 -> model.reclaim();
            default -> model.addSeries(1 + random.nextInt(random.nextInt(4) == 0 ? 150 : 10));
        }
    }
}
