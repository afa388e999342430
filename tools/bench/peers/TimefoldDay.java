import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import ai.timefold.solver.core.api.score.buildin.hardmediumsoftlong.HardMediumSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;
import ai.timefold.solver.core.api.score.stream.uni.UniConstraintStream;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.SolverConfig;
import ai.timefold.solver.core.config.solver.termination.TerminationConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.function.BiFunction;

/**
 * A plain day for Timefold: each need chooses one of the shifts that may serve it, or none; the order within a shift is
 * the best of all orders, as rounds are short.
 *
 * <p>Hard: windows, shifts, limits of the day. Medium: the priorities of what is left over. Soft: care. A list variable of
 * visits for each shift was tried as well: it cannot be told who may serve whom but by a constraint, and was worse.
 * Arguments: the day, where the plans go, milliseconds, seed. A line of the output is a plan: milliseconds since the
 * solver was asked, then shift:need,need for each round.
 */
public final class TimefoldDay {
    private TimefoldDay() {}

    /** One person: her limits, her way to each door, and what a visit is worth. */
    public static final class Person {
        int mostTasks;
        int mostMinutes;
        int[] out;
        int[] care;
        boolean[] may;
        int[] kthSum;
    }

    /** One free window of one person. */
    public static final class Shift {
        int id;
        Person person;
        int begin;
        int until;

        public Person getPerson() {
            return person;
        }
    }

    /** One need. */
    @PlanningEntity
    public static class Visit {
        @PlanningId public Integer id;
        public int low;
        public int high;
        public int duration;
        public int priority;
        public int[] legs;

        @ValueRangeProvider public List<Shift> able = new ArrayList<>();

        @PlanningVariable(allowsUnassigned = true)
        public Shift shift;

        public Shift getShift() {
            return shift;
        }

        public Person getPerson() {
            return shift.person;
        }
    }

    /** The visits of one shift in their best order. */
    public static final class Round {
        final Shift shift;
        final Visit[] order;
        int late = Integer.MAX_VALUE;
        int walking = Integer.MAX_VALUE;
        Visit[] best;

        Round(Shift shift, List<Visit> visits) {
            this.shift = shift;
            order = visits.toArray(new Visit[0]);
            Arrays.sort(order, Comparator.comparingInt(visit -> visit.id));
            if (order.length > MOST_PERMUTED) {
                Arrays.sort(order, Comparator.comparingInt(visit -> visit.low + visit.high));
                weigh();
            } else {
                permute(0);
            }
        }

        private void permute(int fixed) {
            if (fixed >= order.length - 1) {
                weigh();
                return;
            }
            for (int i = fixed; i < order.length; i++) {
                swap(fixed, i);
                permute(fixed + 1);
                swap(fixed, i);
            }
        }

        private void swap(int one, int other) {
            Visit kept = order[one];
            order[one] = order[other];
            order[other] = kept;
        }

        private void weigh() {
            int lateNow = 0;
            int walked = 0;
            int now = shift.begin;
            Visit before = null;
            for (Visit visit : order) {
                int leg = before == null ? shift.person.out[visit.id] : before.legs[visit.id];
                walked += leg;
                now = Math.max(now + leg, visit.low);
                lateNow += Math.max(0, now - visit.high);
                now += visit.duration;
                before = visit;
            }
            walked += shift.person.out[before.id];
            lateNow += Math.max(0, now + shift.person.out[before.id] - shift.until);
            if (lateNow < late || (lateNow == late && walked < walking)) {
                late = lateNow;
                walking = walked;
                best = order.clone();
            }
        }

        int late() {
            return late;
        }

        long worth() {
            long care = -walking;
            for (Visit visit : order) {
                care += shift.person.care[visit.id];
            }
            return care;
        }
    }

    static final int MOST_PERMUTED = 5;

    /** The whole day. */
    @PlanningSolution
    public static class Day {
        public List<Shift> shifts = new ArrayList<>();

        @PlanningEntityCollectionProperty public List<Visit> visits = new ArrayList<>();

        @PlanningScore public HardMediumSoftLongScore score;
    }

    /** What counts. */
    public static class Rules implements ConstraintProvider {
        private static final BiFunction<Shift, List<Visit>, Round> ROUND = Round::new;

        @Override
        public Constraint[] defineConstraints(ConstraintFactory factory) {
            return new Constraint[] {
                rounds(factory)
                        .filter(round -> round.late() > 0)
                        .penalizeLong(HardMediumSoftLongScore.ONE_HARD, Round::late)
                        .asConstraint("in time"),
                rounds(factory)
                        .impactLong(HardMediumSoftLongScore.ONE_SOFT, Round::worth)
                        .asConstraint("care"),
                factory.forEach(Visit.class)
                        .groupBy(Visit::getPerson, ConstraintCollectors.count())
                        .filter((person, tasks) -> tasks > person.mostTasks)
                        .penalizeLong(HardMediumSoftLongScore.ONE_HARD, (person, tasks) -> 100L * (tasks - person.mostTasks))
                        .asConstraint("tasks"),
                factory.forEach(Visit.class)
                        .groupBy(Visit::getPerson, ConstraintCollectors.sum((Visit visit) -> visit.duration))
                        .filter((person, minutes) -> minutes > person.mostMinutes)
                        .penalizeLong(HardMediumSoftLongScore.ONE_HARD, (person, minutes) -> minutes - person.mostMinutes)
                        .asConstraint("minutes"),
                factory.forEachIncludingUnassigned(Visit.class)
                        .filter(visit -> visit.shift == null)
                        .penalizeLong(HardMediumSoftLongScore.ONE_MEDIUM, visit -> visit.priority)
                        .asConstraint("serve"),
                factory.forEach(Visit.class)
                        .groupBy(Visit::getPerson, ConstraintCollectors.count())
                        .penalizeLong(HardMediumSoftLongScore.ONE_SOFT, (person, tasks) -> person.kthSum[tasks])
                        .asConstraint("further tasks"),
            };
        }

        private static UniConstraintStream<Round> rounds(ConstraintFactory factory) {
            return factory.forEach(Visit.class).groupBy(Visit::getShift, ConstraintCollectors.toList()).map(ROUND);
        }
    }

    private static int[] ints(Scanner words, int count) {
        int[] found = new int[count];
        for (int i = 0; i < count; i++) {
            found[i] = words.nextInt();
        }
        return found;
    }

    private static Day read(Path path) throws IOException {
        Day day = new Day();
        try (Scanner words = new Scanner(Files.newBufferedReader(path))) {
            int needs = words.nextInt();
            int[] kthSum = ints(words, needs + 1);
            for (int need = 0; need < needs; need++) {
                day.visits.add(readVisit(words, need, needs));
            }
            List<Person> people = new ArrayList<>();
            for (int left = words.nextInt(); left > 0; left--) {
                people.add(readPerson(words, needs, kthSum));
            }
            int shifts = words.nextInt();
            for (int id = 0; id < shifts; id++) {
                Shift shift = new Shift();
                shift.id = id;
                shift.person = people.get(words.nextInt());
                shift.begin = words.nextInt();
                shift.until = words.nextInt();
                for (Visit visit : day.visits) {
                    if (shift.person.may[visit.id]) {
                        visit.able.add(shift);
                    }
                }
                day.shifts.add(shift);
            }
        }
        return day;
    }

    private static Visit readVisit(Scanner words, int id, int needs) {
        Visit visit = new Visit();
        visit.id = id;
        visit.low = words.nextInt();
        visit.high = words.nextInt();
        visit.duration = words.nextInt();
        visit.priority = words.nextInt();
        visit.legs = ints(words, needs);
        return visit;
    }

    private static Person readPerson(Scanner words, int needs, int[] kthSum) {
        Person person = new Person();
        person.kthSum = kthSum;
        person.mostTasks = words.nextInt();
        person.mostMinutes = words.nextInt();
        person.out = ints(words, needs);
        person.care = new int[needs];
        person.may = new boolean[needs];
        for (int left = words.nextInt(); left > 0; left--) {
            int need = words.nextInt();
            person.care[need] = words.nextInt();
            person.may[need] = true;
        }
        return person;
    }

    private static String line(long milliseconds, Day day) {
        Map<Shift, List<Visit>> rounds = new LinkedHashMap<>();
        for (Visit visit : day.visits) {
            if (visit.shift != null) {
                rounds.computeIfAbsent(visit.shift, shift -> new ArrayList<>()).add(visit);
            }
        }
        StringBuilder text = new StringBuilder().append(milliseconds);
        rounds.forEach(
                (shift, visits) -> {
                    Visit[] order = new Round(shift, visits).best;
                    text.append(' ').append(shift.id).append(':');
                    text.append(String.join(",", Arrays.stream(order).map(visit -> visit.id.toString()).toList()));
                });
        return text.toString();
    }

    /** Plans one day. */
    public static void main(String[] words) throws IOException {
        Day day = read(Path.of(words[0]));
        long begun = System.nanoTime();
        SolverConfig config =
                new SolverConfig()
                        .withSolutionClass(Day.class)
                        .withEntityClasses(Visit.class)
                        .withConstraintProviderClass(Rules.class)
                        .withRandomSeed(Long.parseLong(words[3]))
                        .withTerminationConfig(
                                new TerminationConfig().withSpentLimit(Duration.ofMillis(Long.parseLong(words[2]))));
        try (PrintWriter plans = new PrintWriter(Files.newBufferedWriter(Path.of(words[1])))) {
            var solver = SolverFactory.<Day>create(config).buildSolver();
            solver.addEventListener(
                    event -> {
                        if (event.getNewBestScore().isFeasible()) {
                            plans.println(line((System.nanoTime() - begun) / 1_000_000, event.getNewBestSolution()));
                        }
                    });
            Day best = solver.solve(day);
            if (best.score.isFeasible()) {
                plans.println(line((System.nanoTime() - begun) / 1_000_000, best));
            }
        }
    }
}
